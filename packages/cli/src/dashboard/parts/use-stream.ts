// A call whose progressive results go on until the page has seen enough: opened for a filter, ended with the component.

import { DisconnectedError } from '@trunkline/client'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { AdminCalls } from '../state/admin.ts'
import { wordsFor } from '../state/words.ts'
import { useAdmin, useDashboard } from './context.ts'

interface StreamParts<Part> {
  readonly open: (api: AdminCalls, options: { readonly signal: AbortSignal }) => AsyncIterable<Part>
  readonly take: (part: Part) => void
}

/**
 * @param filter another filter ends the call and opens another; undefined: none is open
 * @returns why it has ended by itself; undefined while it goes on
 */
export function useStream<Part>(filter: string | undefined, parts: StreamParts<Part>): string | undefined {
  const api = useAdmin()
  const { session } = useDashboard().admin
  const [fault, setFault] = useState<string | undefined>(undefined)
  const latest = useRef(parts)
  latest.current = parts
  useEffect(() => {
    setFault(undefined)
    if (api === undefined || filter === undefined) return
    const abort = new AbortController()
    const run = async (): Promise<void> => {
      try {
        for await (const part of latest.current.open(api, { signal: abort.signal })) latest.current.take(part)
      } catch (error) {
        // The page shows the end of the session elsewhere.
        if (!abort.signal.aborted && !(error instanceof DisconnectedError)) setFault(wordsFor(error))
      }
    }
    void run()
    return () => abort.abort()
  }, [filter, session])
  return fault
}
