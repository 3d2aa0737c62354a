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

type Reply = (answer: Dict) => void

export class NodeAnswering {
  readonly #realm: AnsweringRealm
  readonly #context: RealmContext
  /** Who asks for the slowest sessions while a list of them is made; they share the next one. */
  #waiting: { readonly most: number; readonly reply: Reply }[] = []
  #isListing = false

  constructor(realm: AnsweringRealm, context: RealmContext) {
    this.#realm = realm
    this.#context = context
  }

  /** Answers in this turn or, what takes long, in a later one. */
  answer({ question, args }: Asked, reply: Reply): void {
    const { broker } = this.#realm
    if (question === 'subscription') return reply(subscriptionIn(broker, args))
    if (question === 'replace') return this.#realm.replace(Number(args['id']), successorIn(args), () => reply({}))
    if (question !== 'slowest_sessions') return reply({})
    this.#waiting.push({ most: Number(args['most']), reply })
    if (!this.#isListing) this.#list()
  }

  /** Makes one list for all who wait. */
  #list(): void {
    const { clock, scheduler } = this.#context
    const asked = this.#waiting
    this.#waiting = []
    this.#isListing = asked.length > 0
    if (!this.#isListing) return
    const most = asked.reduce((longest, each) => Math.max(longest, each.most), 0)
    const steps = slowest(this.#realm.sessions, clock.monotonic(), most)
    const goOn = (): void => {
      const { done, value } = steps.next()
      if (done !== true) return scheduler.defer(goOn)
      for (const each of asked) scheduler.defer(() => each.reply({ sessions: value.slice(0, each.most) }))
      scheduler.defer(() => this.#list())
    }
    goOn()
  }
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
