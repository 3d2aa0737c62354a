// A text that filters, kept in the address. It takes effect when the reader pauses, so that not each letter reads a list.

import { useEffect, useRef, useState } from 'preact/hooks'
import { useDashboard } from './context.ts'
import { Icon } from './icon.tsx'

const PAUSE_MS = 250

interface FilterProps {
  /** The parameter of the address. */
  readonly name: string
  readonly label: string
  readonly kind?: 'search' | 'text' | 'number'
}

export function TextFilter({ name, label, kind = 'text' }: FilterProps) {
  const { navigation } = useDashboard()
  const shown = navigation.place.value.params[name] ?? ''
  const [typed, setTyped] = useState(shown)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => setTyped(shown), [shown])
  useEffect(() => () => clearTimeout(timer.current), [])
  const take = (text: string): void => {
    setTyped(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => navigation.change({ [name]: text.trim() }), PAUSE_MS)
  }
  return (
    <label class={kind === 'search' ? 'search' : `text-filter is-${kind}`}>
      <span class="only-read">{label}</span>
      {kind === 'search' ? <Icon name="search" /> : null}
      <input
        type="search"
        inputMode={kind === 'number' ? 'numeric' : 'search'}
        placeholder={label}
        value={typed}
        maxLength={1_000}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        onInput={(event) => take(event.currentTarget.value)}
      />
    </label>
  )
}
