// Remembers ids that may still arrive; it keeps the latest.

const MOST_REMEMBERED = 1000

/** Adds an id. When there are too many, removes and returns the oldest. */
export function remember(ids: Set<number>, id: number): number | undefined {
  ids.add(id)
  const [oldest] = ids
  if (ids.size <= MOST_REMEMBERED || oldest === undefined) return undefined
  ids.delete(oldest)
  return oldest
}
