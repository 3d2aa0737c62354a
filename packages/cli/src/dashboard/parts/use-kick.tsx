// Ends a session after a question, with a reason for its client.

import { useState } from 'preact/hooks'
import type { SessionRow } from '../state/admin.ts'
import { Confirm } from './confirm.tsx'
import { useAdmin, useDashboard } from './context.ts'

export function useKick(onDone: () => void = () => undefined) {
  const api = useAdmin()
  const { watch } = useDashboard()
  const [row, ask] = useState<SessionRow | undefined>(undefined)
  const close = (): void => ask(undefined)
  const run = async (): Promise<void> => {
    if (row === undefined || api === undefined) return
    await api.kick({ session: row.session, realm: row.realm, message: 'ended by an operator' })
    watch.changes.value += 1
    onDone()
  }
  const text = row && (
    <p>
      The session <span class="figure">{row.session}</span> of <strong>{row.authid}</strong> in <span class="uri">{row.realm}</span> ends at
      once. Its client may connect again.
    </p>
  )
  const dialog = row && <Confirm question={{ title: 'Kick this session?', text, action: 'Kick', run }} onClose={close} />
  return { ask, dialog }
}
