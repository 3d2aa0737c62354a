// Shows a live list as rows: a name, a line of details, and a short mark on new rows.

import { byId, make } from './dom.ts'
import type { Entry, ListView } from './live-list.ts'

export interface Row {
  readonly name: string
  readonly details: string
}

/** Shows entries under the ids `<name>` (the list) and `<name>-count`. */
export class RowsView implements ListView {
  readonly #list: HTMLUListElement
  readonly #count: HTMLSpanElement
  readonly #rowOf: (entry: Entry) => Row
  readonly #nothing: string
  #known: ReadonlySet<number> | undefined

  /** @param nothing the text for an empty list */
  constructor(name: string, rowOf: (entry: Entry) => Row, nothing: string) {
    this.#list = byId(name, HTMLUListElement)
    this.#count = byId(`${name}-count`, HTMLSpanElement)
    this.#rowOf = rowOf
    this.#nothing = nothing
  }

  show(entries: readonly Entry[], total: number): void {
    this.#count.textContent = String(total)
    const rows = entries.toReversed().map((entry) => this.#item(entry))
    if (total > entries.length) rows.push(make('li', 'quiet', `and ${total - entries.length} more`))
    if (total === 0) rows.push(make('li', 'quiet', this.#nothing))
    this.#list.replaceChildren(...rows)
    this.#known = new Set(entries.map(({ id }) => id))
  }

  fail(text: string): void {
    this.#count.textContent = ''
    this.#list.replaceChildren(make('li', 'quiet', text))
  }

  /** Clears the list for another session. */
  clear(): void {
    this.#known = undefined
    this.#count.textContent = ''
    this.#list.replaceChildren()
  }

  #item(entry: Entry): HTMLLIElement {
    const { name, details } = this.#rowOf(entry)
    const isNew = this.#known !== undefined && !this.#known.has(entry.id)
    return make('li', isNew ? 'is-new' : '', [make('span', 'name', name), make('span', 'quiet', details)])
  }
}
