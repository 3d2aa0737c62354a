// Runs something again and again, in so many lanes at a time, as fast as it goes or at a rate.

import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { ApplicationError } from '@trunkline/client'
import { untilAborted } from '../waiting.ts'
import type { Meter } from './meter.ts'

export interface Lanes {
  readonly lanes: number
  /** For all lanes together; undefined: as fast as it goes. */
  readonly perSecond: number | undefined
}

/**
 * Runs `act` in each lane until `end` is aborted. At a rate, what begins late counts from when it should have begun, so that a stall
 * shows in the times of all that it held up.
 * @param act an ERROR that it throws is counted
 * @throws any other error of `act`, when all lanes have ended
 */
export async function runLanes({ lanes, perSecond }: Lanes, act: (lane: number) => Promise<void>, meter: Meter, end: AbortSignal) {
  const begin = performance.now()
  const failing = new AbortController()
  const ending = AbortSignal.any([end, failing.signal])
  setMaxListeners(0, ending)
  const lane = async (i: number): Promise<void> => {
    for (let n = 0; !ending.aborted; n++) {
      let from = performance.now()
      if (perSecond !== undefined) {
        const due = begin + ((n * lanes + i) * 1_000) / perSecond
        const pause = due - from
        if (pause > 0) {
          await wait(pause, undefined, { signal: ending }).catch(() => undefined) // The loop looks whether it ended.
          if (ending.aborted) return
          from = performance.now()
        } else from = due
      }
      try {
        await act(i)
        meter.succeeded(performance.now() - from)
      } catch (error) {
        if (ending.aborted) return
        if (!(error instanceof ApplicationError)) return failing.abort(error)
        meter.failed(error)
      }
    }
  }
  await Promise.race([Promise.all(Array.from({ length: lanes }, (_, i) => lane(i))), untilAborted(failing.signal)])
  if (failing.signal.aborted) throw failing.signal.reason
}
