// One look at the router under churn, and what many looks show. Pure.

/** Taken after a collection of garbage. */
export interface Look {
  readonly residentBytes: number
  readonly heapBytes: number
  /** Sizes of the realms' tables. */
  readonly tables: Readonly<Record<string, number>>
  /** What keeps the process alive, by kind: sockets, timers … */
  readonly resources: Readonly<Record<string, number>>
  readonly counters: Readonly<Record<string, number>>
  /** Faults of the router's own since the last look. */
  readonly faults: readonly string[]
}

/** The slope of the line through points that fits best, by least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return below === 0 ? 0 : above / below
}

/** What differs from the state before the first client connected. */
export function leftovers(before: Look, after: Look): string[] {
  const { sessionsOpened = 0, sessionsClosed = 0 } = after.counters
  return [
    ...differences('table', before.tables, after.tables),
    ...differences('resources', before.resources, after.resources),
    ...(sessionsOpened - sessionsClosed === openIn(before) ? [] : [`${sessionsOpened} sessions were opened, ${sessionsClosed} closed`]),
  ]
}

function openIn({ counters: { sessionsOpened = 0, sessionsClosed = 0 } }: Look): number {
  return sessionsOpened - sessionsClosed
}

function differences(what: string, before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .filter((name) => (before[name] ?? 0) !== (after[name] ?? 0))
    .map((name) => `${what}: ${name} ${after[name] ?? 0}, was ${before[name] ?? 0}`)
}
