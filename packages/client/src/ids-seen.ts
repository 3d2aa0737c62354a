// Memory of ids that may still turn up, of which only the latest are kept. Knows no protocol.

const MOST_REMEMBERED = 1000

/** Adds an id; the oldest is forgotten when there are too many. */
export function remember(ids: Set<number>, id: number): void {
  ids.add(id)
  const [oldest] = ids
  if (ids.size > MOST_REMEMBERED && oldest !== undefined) ids.delete(oldest)
}
