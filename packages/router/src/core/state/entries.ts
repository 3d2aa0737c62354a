// Tables of what a session holds. Those without an entry are one shared table, so that an idle session costs little.

/** What a session holds that holds nothing: no table of its own, so that a silent session costs little. Never written to. */
export const NONE: ReadonlyMap<number, never> = new Map<number, never>()

export function added<Entry>(table: ReadonlyMap<number, Entry>, id: number, entry: Entry): ReadonlyMap<number, Entry> {
  if (table === NONE) return new Map([[id, entry]])
  return (table as Map<number, Entry>).set(id, entry)
}

/** Iterations over the table that are under way go on over the rest. */
export function without<Entry>(table: ReadonlyMap<number, Entry>, id: number): ReadonlyMap<number, Entry> {
  if (table !== NONE) (table as Map<number, Entry>).delete(id)
  return table.size === 0 ? NONE : table
}
