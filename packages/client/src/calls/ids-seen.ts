// Memory of ids that may still turn up, of which only the latest are kept. Knows no protocol.

const MOST_REMEMBERED = 1000

/** Adds an id. Returns the oldest, which is forgotten, when there are too many. */
export function remember(ids: Set<number>, id: number): number | undefined {
  ids.add(id)
  const [oldest] = ids
  if (ids.size <= MOST_REMEMBERED || oldest === undefined) return undefined
  ids.delete(oldest)
  return oldest
}
