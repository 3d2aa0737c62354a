// A log that takes entries at any rate, and shows the newest of them a few times a second.

import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Numbered } from '../state/kept-events.ts'
import { KeptEvents } from '../state/kept-events.ts'

const MOST_SHOWN = 100
const PERIOD_MS = 250

export interface Log<Entry> {
  /** Newest first. */
  readonly shown: readonly (Entry & Numbered)[]
  /** How many it has taken. */
  readonly taken: number
  readonly take: (entry: Entry) => void
  readonly clear: () => void
}

/** @param filter another filter is another, empty log */
export function useLog<Entry>(filter: string, isPaused: boolean): Log<Entry> {
  const log = useMemo(
    () => ({ kept: new KeptEvents<Entry & Numbered>(MOST_SHOWN), waiting: new Array<Entry & Numbered>(), taken: 0 }),
    [filter],
  )
  const [, redraw] = useState(0)
  useEffect(() => {
    if (isPaused) return
    const timer = setInterval(() => {
      if (log.waiting.length === 0) return
      log.kept.add(log.waiting)
      log.waiting = []
      redraw((before) => before + 1)
    }, PERIOD_MS)
    return () => clearInterval(timer)
  }, [log, isPaused])
  const take = (entry: Entry): void => {
    log.taken += 1
    log.waiting.push({ ...entry, number: log.taken })
    // Older ones would not be shown.
    if (log.waiting.length > 2 * MOST_SHOWN) log.waiting = log.waiting.slice(-MOST_SHOWN)
  }
  const clear = (): void => {
    log.kept.clear()
    log.waiting = []
    log.taken = 0
    redraw((before) => before + 1)
  }
  return { shown: log.kept.entries, taken: log.taken, take, clear }
}
