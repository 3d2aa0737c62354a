// What a measured process reports on request: its processor time and memory. The router and the relay use it.

export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** What a measured process sends when it listens. */
export interface Ready {
  readonly port: number
  readonly rawSocketPort: number
  readonly path: string
}

/** Notifies the parent that this process listens, answers its questions, and ends with it. */
export function report(ready: Ready): void {
  process.on('message', () => process.send?.(usage()))
  process.on('disconnect', () => process.exit(0))
  process.send?.(ready)
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
}
