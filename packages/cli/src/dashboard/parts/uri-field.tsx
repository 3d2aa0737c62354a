// A field for a URI, which offers those that there are in the realm.

import { useEffect, useId, useState } from 'preact/hooks'
import { useAdmin, useDashboard } from './context.ts'

const MOST_OFFERED = 50
const PAUSE_MS = 150

interface UriProps {
  readonly label: string
  readonly kind: 'procedures' | 'topics'
  readonly realm: string
  readonly value: string
  readonly onInput: (uri: string) => void
}

export function UriField({ label, kind, realm, value, onInput }: UriProps) {
  const id = useId()
  const offered = useOffered(kind, realm, value)
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="mono"
        value={value}
        list={`${id}-uris`}
        required
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-uris`}>
        {offered.map((uri) => (
          <option key={uri} value={uri} />
        ))}
      </datalist>
    </label>
  )
}

function useOffered(kind: UriProps['kind'], realm: string, search: string): readonly string[] {
  const api = useAdmin()
  const { session } = useDashboard().admin
  const [uris, setUris] = useState<readonly string[]>([])
  useEffect(() => {
    if (api === undefined) return
    const read = async (): Promise<readonly string[]> => {
      const request = { realm, search, match: 'exact', limit: MOST_OFFERED } as const
      if (kind === 'topics') return (await api.view.topics(request)).topics.map(({ topic }) => topic)
      return (await api.view.procedures(request)).procedures.map(({ procedure }) => procedure)
    }
    // What cannot be read is not offered.
    const timer = setTimeout(() => void read().then(setUris, () => setUris([])), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [kind, realm, search, session])
  return uris
}
