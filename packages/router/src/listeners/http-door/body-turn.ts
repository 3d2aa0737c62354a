// The turn of a body among all that the router reads: a long one is decoded and routed in the turn of its owner, and what it took keeps
// back the next long one, as with messages of WAMP.

import type { Reading, ReadTurns } from '../read-turns.ts'
import { ReadTurn } from '../read-turns.ts'

/**
 * Runs a task with a body: now, or in a later turn of the event loop.
 * @param holderOf whose share it counts to
 * @returns rejects with what the task throws
 */
export function inTurnOf(turns: ReadTurns, holderOf: () => string, body: Uint8Array, task: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const run = (): void => {
      try {
        resolve(task())
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
      turn.isOver()
    }
    const reading: Reading = {
      get holder() {
        return holderOf()
      },
      goOn() {
        // What it takes is measured from now on.
        turn.begin()
        run()
      },
    }
    const turn = new ReadTurn(turns, reading)
    turn.begin()
    if (turn.mayTake(body)) run()
    else turn.wait(body)
  })
}
