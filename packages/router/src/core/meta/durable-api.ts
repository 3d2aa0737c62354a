// The procedures with which a session looks at the durable subscriptions of its owner, and changes them; and the same for operators, with those of
// all owners.

import {
  ApplicationError,
  DURABLE_ADMIN,
  DURABLE_DELETE,
  DURABLE_GET,
  DURABLE_LIST,
  DURABLE_PAUSE,
  DURABLE_RESUME,
  DURABLE_SEEK,
  uris,
} from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import { durableDetails } from '../pubsub/durable-details.ts'
import type { DurableSubscription } from '../state/durable-subscription.ts'
import { ownerOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import { callerOf } from './caller.ts'
import type { OwnOutcome, OwnProcedure } from './meta-session.ts'
import { Later } from './meta-session.ts'
import { invalid, isString, required } from './procedure-arguments.ts'

/** What these procedures need from their realm. */
export interface DurableRealm {
  readonly broker: Pick<Broker, 'named'>
  readonly sessions: ReadonlyMap<number, Session>
}

/** One of them, for a durable subscription of the caller. */
type OfOne = (durable: DurableSubscription, args: readonly unknown[], caller: Session) => OwnOutcome

/** Whether a caller may know of a durable subscription. */
type Sees = (caller: Session, durable: DurableSubscription) => boolean

/** The procedures by their URI. */
export function durableProcedures(realm: DurableRealm): ReadonlyMap<string, OwnProcedure> {
  const own = proceduresFor(realm, (caller, { principal }) => principal === ownerOf(caller))
  const all = proceduresFor(realm, () => true)
  return new Map([...own, ...all.map(([uri, procedure]) => [uri.replace('trunkline.durable.', DURABLE_ADMIN), procedure] as const)])
}

function proceduresFor(realm: DurableRealm, sees: Sees): [string, OwnProcedure][] {
  const { named } = realm.broker
  const whenLoaded = (then: () => OwnOutcome): OwnOutcome =>
    named.isLoaded ? then() : new Later((finish) => named.whenLoaded(() => finish(then)))
  const ofOne =
    (then: OfOne): OwnProcedure =>
    (args, _, caller) => {
      const session = callerOf(realm, caller)
      const name = required(args[0], isString, 'the name of a durable subscription')
      return whenLoaded(() => {
        const durable = named.all.get(name)
        if (durable === undefined || !sees(session, durable)) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
        return then(durable, args, session)
      })
    }
  const pausing = (isPaused: boolean): OwnProcedure =>
    ofOne((durable) => {
      named.pause(durable, isPaused)
      return [durableDetails(durable)]
    })
  return [
    [
      DURABLE_LIST,
      (_, _kwargs, caller) => {
        const session = callerOf(realm, caller)
        return whenLoaded(() => [[...named.all.values()].filter((durable) => sees(session, durable)).map(durableDetails)])
      },
    ],
    [DURABLE_GET, ofOne((durable) => [durableDetails(durable)])],
    [DURABLE_SEEK, ofOne((durable, args) => seek(realm, durable, args[1]))],
    [DURABLE_PAUSE, pausing(true)],
    [DURABLE_RESUME, pausing(false)],
    [DURABLE_DELETE, ofOne((durable, _, caller) => end(realm, durable, caller))],
  ]
}

function seek({ broker }: DurableRealm, durable: DurableSubscription, to: unknown): OwnOutcome {
  if (to === 'oldest') return new Later((finish) => broker.named.seekOldest(durable, (isDone) => finish(() => shown(durable, isDone))))
  if (to !== 'now' && !isPosition(to)) throw invalid('a position, oldest or now')
  broker.named.seek(durable, to === 'now' ? Number.POSITIVE_INFINITY : to)
  return [durableDetails(durable)]
}

function shown(durable: DurableSubscription, isDone: boolean): OwnOutcome {
  if (!isDone) throw new ApplicationError(uris.UNAVAILABLE, ['the store cannot be read'])
  return [durableDetails(durable)]
}

function end({ broker }: DurableRealm, durable: DurableSubscription, caller: Session): OwnOutcome {
  const forgotten = (isDone: boolean): OwnOutcome => {
    if (!isDone)
      throw new ApplicationError(uris.UNAVAILABLE, ['the store still has it, and it comes back with the next start of the router'])
    return []
  }
  return new Later((finish) => broker.named.delete(durable, caller, (isDone) => finish(() => forgotten(isDone))))
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
