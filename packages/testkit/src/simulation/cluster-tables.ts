// What the worlds of several nodes look at in a router beyond its public API: the tables of its realms, and what it knows of other nodes.

import type { Process } from './faulty-cluster.ts'
import { fabricOf } from './simulated-cluster.ts'

interface InnerCallee {
  readonly session: { readonly id: number; readonly isInternal: boolean }
  readonly node: unknown
  readonly isPending: boolean
}

interface InnerSession {
  readonly id: number
  readonly isInternal: boolean
}

interface InnerEvent {
  readonly topic: string
  readonly publication: number
}

interface InnerSubscription {
  readonly match: string
  readonly uri: string
  readonly subscribers: ReadonlySet<InnerSession>
  readonly history: unknown
  readonly gaps: ReadonlyMap<InnerSession, { readonly missed: number }> | undefined
}

export interface InnerRealm {
  readonly name: string
  readonly sessions: ReadonlyMap<number, InnerSession>
  readonly cluster: {
    readonly sessions: ReadonlyMap<number, unknown>
    subscriptions(): Iterable<{ readonly match: string; readonly uri: string }>
  }
  readonly dealer: {
    readonly registrations: ReadonlyMap<
      number,
      {
        readonly id: number
        readonly uri: string
        readonly match: string
        readonly invoke: string
        readonly callees: readonly InnerCallee[]
      }
    >
  }
  readonly broker: {
    readonly subscriptions: ReadonlyMap<number, InnerSubscription>
    readonly retained: { all(): Iterable<{ readonly event: InnerEvent }> }
  }
}

export function realmsOf({ router }: Process): InnerRealm[] {
  const { allRealms } = router as unknown as { readonly allRealms: { get(name: string): InnerRealm | undefined } }
  return router.realms.flatMap(({ name }) => allRealms.get(name) ?? [])
}

/** Whether each of two nodes knows all that the other has. */
export function areLinked(one: Process, other: Process): boolean {
  return fabricOf(one.router)?.knows(other.name) === true && fabricOf(other.router)?.knows(one.name) === true
}

export function isConfirmedHere({ node, session, isPending }: InnerCallee): boolean {
  return node === undefined && !session.isInternal && !isPending
}

/** How many events of a subscription a session has missed and was not told of yet. */
export function untoldGap(process: Process, realm: string, subscription: number, session: number): number {
  const inner = realmsOf(process).find(({ name }) => name === realm)
  const member = inner?.sessions.get(session)
  return (member && inner?.broker.subscriptions.get(subscription)?.gaps?.get(member)?.missed) ?? 0
}

/** The tables of a realm as texts, the same on all nodes. */
export function tablesOf(process: Process, name: string, all: readonly Process[]): Readonly<Record<string, string>> {
  const realm = realmsOf(process).find((each) => each.name === name)
  if (realm === undefined) return {}
  const registrations = Array.from(realm.dealer.registrations, ([id, { match, uri, invoke, callees }]) => {
    const ids = callees.filter(({ session }) => !session.isInternal || session.id > 0).map(({ session }) => session.id)
    return callees.some(({ session, node }) => node === undefined && session.isInternal)
      ? []
      : [`${id} ${match} ${uri} ${invoke} [${ids.join()}]`]
  }).flat()
  const sessions = [...realm.sessions.values()].filter(({ isInternal }) => !isInternal).map(({ id }) => id)
  const known = new Set(Array.from(realm.cluster.subscriptions(), ({ match, uri }) => `${match} ${uri}`))
  const elsewhere = new Set(
    all.filter((each) => each !== process).flatMap((each) => subscriptionsIn(realmsOf(each).find((one) => one.name === name))),
  )
  const [missing, tooMany] = [[...elsewhere].filter((each) => !known.has(each)), [...known].filter((each) => !elsewhere.has(each))]
  const retained = Array.from(realm.broker.retained.all(), ({ event }) => `${event.topic} ${event.publication}`)
  return {
    registrations: registrations.toSorted().join(', '),
    sessions: [...sessions, ...realm.cluster.sessions.keys()].toSorted((a, b) => a - b).join(),
    interest: `without ${missing.join(', ')}; beyond ${tooMany.join(', ')}`,
    retained: retained.toSorted().join(', '),
  }
}

function subscriptionsIn(realm: InnerRealm | undefined): string[] {
  return [...(realm?.broker.subscriptions.values() ?? [])].flatMap(({ match, uri, subscribers, history }) =>
    subscribers.size > 0 || history !== undefined ? [`${match} ${uri}`] : [],
  )
}
