// What a measured process tells of itself when asked: processor time and memory. Used by the router and the relay alike.

export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** What a measured process says once it listens. */
export interface Ready {
  readonly port: number
  readonly rawSocketPort: number
  readonly path: string
}

/** Tells the parent that this process listens, answers its questions, and ends with it. */
export function report(ready: Ready): void {
  process.on('message', () => process.send?.(usage()))
  process.on('disconnect', () => process.exit(0))
  process.send?.(ready)
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
}
