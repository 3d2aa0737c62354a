// A value as a tree that opens and closes. Texts of the wire are text here, never HTML.

import { asText } from '../state/payload.ts'

/** The most entries that are shown of a list or dict. */
const MOST_ENTRIES = 200

interface ViewProps {
  readonly value: unknown
  readonly name?: string | undefined
  /** How many levels are open at first. */
  readonly open?: number
}

export function JsonView({ value, name, open = 2 }: ViewProps) {
  const entries = entriesOf(value)
  if (entries === undefined || entries.length === 0) {
    return (
      <div class="json-line">
        <Name name={name} />
        <span class={`json-${kindOf(value)}`}>{asText(value)}</span>
      </div>
    )
  }
  const brackets = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  return (
    <details class="json" open={open > 0}>
      <summary>
        <Name name={name} />
        <span class="quiet">{brackets}</span>
      </summary>
      {entries.slice(0, MOST_ENTRIES).map(([key, each]) => (
        <JsonView key={key} name={key} value={each} open={open - 1} />
      ))}
      {entries.length > MOST_ENTRIES ? <div class="json-line quiet">and {entries.length - MOST_ENTRIES} more</div> : null}
    </details>
  )
}

function Name({ name }: { readonly name: string | undefined }) {
  return name === undefined ? null : <span class="json-name">{name}</span>
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  return Object.entries(value)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
