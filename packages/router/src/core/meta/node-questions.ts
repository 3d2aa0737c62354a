// What nodes ask each other for the meta API, and the answers. Rights are judged by the node that asks.

import type { Dict, Identity } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import type { NodeQuestion } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import { slowest } from './admin-api.ts'

/** What a node answers from. */
export interface AnsweringRealm {
  readonly broker: Pick<Broker, 'subscriptions'>
  readonly sessions: ReadonlyMap<number, Session>
  replace(id: number, successor: Identity, then: () => void): void
}

/** What another node asks. */
export interface Asked {
  readonly question: NodeQuestion
  readonly args: Dict
}

/** What a node has of a subscription. */
export interface SubscriptionAnswer {
  /** Milliseconds since 1970; undefined where the node does not have it. */
  readonly created?: number
  readonly count?: number
  /** Only where they are asked for, and no longer than a list may be. */
  readonly subscribers?: readonly number[]
  /** Whether a session that was asked about is one. */
  readonly isSubscriber?: boolean
}

type Answer = SubscriptionAnswer & Dict

/** Answers in this turn or, what takes long, in a later one. */
export function answerNode(realm: AnsweringRealm, context: RealmContext, { question, args }: Asked, reply: (answer: Dict) => void): void {
  if (question === 'subscription') return reply(subscriptionIn(realm.broker, args))
  if (question === 'replace') return realm.replace(Number(args['id']), successorIn(args), () => reply({}))
  if (question !== 'slowest_sessions') return reply({})
  const steps = slowest(realm.sessions, context.clock.monotonic(), Number(args['most']))
  const goOn = (): void => {
    const { done, value } = steps.next()
    if (done === true) reply({ sessions: value })
    else context.scheduler.defer(goOn)
  }
  goOn()
}

/** A question to end a session for its successor. */
export function replaceQuestion(id: number, { authid, authrole, authmethod, authprovider, loginRealm }: Identity): Dict {
  return { id, authid, authrole, authmethod, authprovider, ...(loginRealm !== undefined && { loginRealm }) }
}

function successorIn({ authid, authrole, authmethod, authprovider, loginRealm }: Dict): Identity {
  const [name, role, method, provider] = [authid, authrole, authmethod, authprovider].map(String) as [string, string, string, string]
  const identity = { authid: name, authrole: role, authmethod: method, authprovider: provider }
  return typeof loginRealm === 'string' ? { ...identity, loginRealm } : identity
}

/**
 * What this node has of a subscription.
 * @param args `id`; `lists` where its subscribers are wanted; `session`, of which is asked whether it is one
 */
export function subscriptionIn({ subscriptions }: Pick<Broker, 'subscriptions'>, { id, lists, session }: Dict): Answer {
  const subscription = subscriptions.get(id as number)
  if (subscription === undefined) return {}
  const { created, subscribers } = subscription
  const isListed = lists === true && subscribers.size <= MOST_LISTED
  return {
    created,
    count: subscribers.size,
    ...(isListed && { subscribers: Array.from(subscribers, (each) => each.id) }),
    ...(session !== undefined && { isSubscriber: [...subscribers].some((each) => each.id === session) }),
  }
}

/** So many ids take 4 MiB. */
const MOST_LISTED = 400_000
