// A log that grows at its top many times a second: each line is drawn once, and opens to show more of it.

import type { ComponentChildren, VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { Numbered } from '../state/kept-events.ts'

interface LogProps<Line extends Numbered> {
  readonly label: string
  /** Newest first. */
  readonly lines: readonly Line[]
  readonly summary: (line: Line) => ComponentChildren
  readonly details: (line: Line) => ComponentChildren
}

export function LogList<Line extends Numbered>({ label, lines, summary, details }: LogProps<Line>) {
  const [open, setOpen] = useState<Line | undefined>(undefined)
  /** Lines never change: what was drawn of one is taken again as it is. */
  const drawn = useRef(new WeakMap<Line, VNode>())
  const closedLine = (line: Line): VNode => {
    const known = drawn.current.get(line)
    if (known !== undefined) return known
    const made = (
      <li key={line.number}>
        <button type="button" class="log-line" aria-expanded={false} onClick={() => setOpen(line)}>
          {summary(line)}
        </button>
      </li>
    )
    drawn.current.set(line, made)
    return made
  }
  const shown = open === undefined || lines.includes(open) ? lines : [...lines, open]
  return (
    <ol class="log" aria-label={label} tabIndex={0}>
      {shown.map((line) =>
        line !== open ? (
          closedLine(line)
        ) : (
          <li key={line.number} class="is-open">
            <button type="button" class="log-line" aria-expanded onClick={() => setOpen(undefined)}>
              {summary(line)}
            </button>
            <div class="json-tree">{details(line)}</div>
          </li>
        ),
      )}
    </ol>
  )
}
