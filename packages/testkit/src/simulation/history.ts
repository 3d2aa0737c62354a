// What happened in a world: recorded and written as text, both only if it will be read.

import { show } from './show.ts'

type Direction = 'in' | 'out' | 'note'

export class History {
  readonly #isKept: boolean
  readonly #lines: { readonly direction: Direction; readonly connection: number; readonly what: unknown }[] = []

  /** @param isKept whether it will be read */
  constructor(isKept: boolean) {
    this.#isKept = isKept
  }

  /** @param what a message as an array, bytes that are none, or a text */
  add(direction: Direction, connection: number, what: unknown): void {
    if (this.#isKept) this.#lines.push({ direction, connection, what: what instanceof Uint8Array ? Uint8Array.from(what) : what })
  }

  /** The last lines, oldest first. */
  excerpt(lines: number): string {
    return this.#lines
      .slice(-lines)
      .map(({ direction, connection, what }) => {
        if (direction === 'note') return `      # ${String(what)}`
        const text = what instanceof Uint8Array ? `bytes ${Buffer.from(what).toString('hex').slice(0, 80)}` : show(what)
        return `${String(connection).padStart(4)} ${direction === 'in' ? '->' : '<-'} ${text}`
      })
      .join('\n')
  }
}
