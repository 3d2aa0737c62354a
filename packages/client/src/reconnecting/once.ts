// A publication that goes out again in the next session when its own has ended before the answer: its key makes the router take all of them
// for one event.

import type { Dict } from '@trunkline/protocol'
import { PUBLICATION_KEY, UsageError } from '@trunkline/protocol'
import { check } from '../checks.ts'
import { DisconnectedError } from '../errors.ts'
import type { Session } from '../session.ts'
import type { WhileAway } from './away.ts'

/** A router knows a key for two minutes from when it took the first, and the last has to arrive within them. */
const REPEAT_MS = 100_000

/** Options as a session takes them: a key in place of `once`. @throws {UsageError} */
export function keyed({ once = false, ...options }: Dict, random: () => number): Dict {
  check('once', once, 'boolean|string')
  return once === false ? options : { ...options, acknowledge: true, [PUBLICATION_KEY]: once === true ? `${random()}${random()}` : once }
}

type Send<Value> = (session: Session) => Promise<Value>

/** Publishes until there is an answer, or it is too late; then rejects as the first session did. */
export async function untilAnswered<Value>(
  publish: (send: Send<Value>, policy?: WhileAway) => Promise<Value>,
  send: Send<Value>,
  now: () => number,
): Promise<Value> {
  let [until, lost]: [number?, unknown?] = []
  const sendOnce = async (session: Session): Promise<Value> => {
    if (!session.supports('broker', PUBLICATION_KEY))
      throw new UsageError("'once' needs _key, which the broker did not announce", 'TL_NOT_ANNOUNCED')
    until ??= now() + REPEAT_MS
    return send(session)
  }
  for (let timeoutMs: number | undefined; ;) {
    try {
      return await publish(sendOnce, timeoutMs === undefined ? undefined : { timeoutMs })
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error
      lost ??= error
      timeoutMs = (until ?? 0) - now()
      if (!error.mayHaveRun || timeoutMs <= 0) throw lost
    }
  }
}
