// The meta events of a realm (specification: "Session Metaevents", "Registration Metaevents", "Subscription Metaevents").
// None is published about `wamp.` URIs or about sessions of the router itself.

import type { MatchPolicy } from '@trunkline/protocol'
import { isForRouter, Payload } from '@trunkline/protocol'
import type { TransportInfo } from '../ports/transport.ts'
import type { Entry, TableChange } from '../ports/witness.ts'
import { ownerElsewhere } from './owner.ts'
import type { RemoteSession, SharedSubscription } from './realm-cluster.ts'
import type { RealmContext } from './realm-context.ts'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** An event of the router. */
export interface MetaEvent {
  readonly topic: string
  readonly payload: Payload | undefined
  /** Whose session it is about: all events of one owner stay in order. */
  readonly owner: string
  /** What it is about besides: events about one URI stay in order. */
  readonly about: Subject | undefined
  /** Something has ended that an earlier event told of. */
  readonly isEnd: boolean
}

interface Subject {
  readonly uri: string
  readonly match?: MatchPolicy | undefined
}

/** Publishes in the name of the router. */
export type PublishOwn = (event: MetaEvent) => void

/** Who and what an event is about. */
type About = Pick<MetaEvent, 'owner' | 'about'>

export class MetaEvents {
  readonly #publish: PublishOwn
  readonly #context: Pick<RealmContext, 'name' | 'witnesses'>

  constructor(context: Pick<RealmContext, 'name' | 'witnesses'>, publish: PublishOwn) {
    this.#context = context
    this.#publish = publish
  }

  joined(session: Session): void {
    this.#show('join', session)
    if (!session.isInternal) this.#begin(of(session), 'wamp.session.on_join', sessionDetails(session))
  }

  left(session: Session): void {
    this.#show('leave', session)
    const { id, identity, isInternal } = session
    if (!isInternal) this.#end(of(session), 'wamp.session.on_leave', id, identity.authid, identity.authrole)
  }

  /** A link to another node has come up, and the session is there. */
  returned(session: RemoteSession): void {
    const details = sessionDetails({ ...session, transport: { kind: session.transport } })
    this.#begin(ofRemote(session), 'wamp.session.on_join', details)
  }

  /** A session of another node has left with its node. */
  lost(session: Pick<Session, 'id' | 'identity'>): void {
    const { id, identity } = session
    this.#end(ofRemote(session), 'wamp.session.on_leave', id, identity.authid, identity.authrole)
  }

  subscriptionCreated(session: Session, subscription: Subscription): void {
    if (isForRouter(subscription.uri)) return
    this.#begin(of(session, subscription), 'wamp.subscription.on_create', session.id, subscriptionDetails(subscription))
  }

  subscribed(session: Session, subscription: Subscription): void {
    this.#show('subscribe', session, subscription)
    if (isForRouter(subscription.uri)) return
    this.#begin(of(session, subscription), 'wamp.subscription.on_subscribe', session.id, subscription.id)
  }

  unsubscribed(session: Session, subscription: Subscription): void {
    this.#show('unsubscribe', session, subscription)
    if (isForRouter(subscription.uri)) return
    this.#end(of(session, subscription), 'wamp.subscription.on_unsubscribe', session.id, subscription.id)
  }

  subscriptionDeleted(session: Session, subscription: Subscription): void {
    this.#subscriptionDeleted(of(session, subscription), session.id, subscription)
  }

  /** The last node that had a subscription is lost. @param session one of that node */
  lostSubscription(session: Pick<RemoteSession, 'id' | 'identity'> | undefined, subscription: SharedSubscription): void {
    const { owner } = session === undefined ? NOBODY : ofRemote(session)
    this.#subscriptionDeleted({ owner, about: subscription }, session?.id ?? 0, subscription)
  }

  registrationCreated(session: Session, registration: Registration): void {
    if (isForRouter(registration.uri)) return
    this.#begin(of(session, registration), 'wamp.registration.on_create', session.id, registrationDetails(registration))
  }

  registered(session: Session, registration: Registration): void {
    this.#show('register', session, registration)
    if (isForRouter(registration.uri)) return
    this.#begin(of(session, registration), 'wamp.registration.on_register', session.id, registration.id)
  }

  unregistered(session: Session, registration: Registration): void {
    this.#show('unregister', session, registration)
    this.lostCallee(session, registration)
  }

  /** A callee of another node has left with its node: witnesses see what sessions of this node do. */
  lostCallee(session: Session, registration: Registration): void {
    if (isForRouter(registration.uri)) return
    this.#end(of(session, registration), 'wamp.registration.on_unregister', session.id, registration.id)
  }

  registrationDeleted(session: Session, registration: Registration): void {
    if (isForRouter(registration.uri)) return
    this.#end(of(session, registration), 'wamp.registration.on_delete', session.id, registration.id)
  }

  /** A procedure, topic or error was described (specification: "Interface Reflection"). */
  defined(session: Session, uri: string, kind: string): void {
    this.#begin(of(session, { uri }), 'wamp.reflect.on_define', uri, kind)
  }

  undefined(session: Session, uri: string, kind: string): void {
    this.#end(of(session, { uri }), 'wamp.reflect.on_undefine', uri, kind)
  }

  /** Any other event of the router. */
  tell(topic: string, payload: Payload | undefined): void {
    this.#publish({ ...NOBODY, topic, payload, isEnd: false })
  }

  #show(change: TableChange, session: Session, entry?: Entry): void {
    this.#context.witnesses.changes?.(change, this.#context.name, session, entry)
  }

  #subscriptionDeleted(about: About, session: number, { uri, id }: SharedSubscription): void {
    if (!isForRouter(uri)) this.#end(about, 'wamp.subscription.on_delete', session, id)
  }

  #begin({ owner, about }: About, topic: string, ...args: unknown[]): void {
    this.#publish({ topic, payload: Payload.fromValues(args), owner, about, isEnd: false })
  }

  #end({ owner, about }: About, topic: string, ...args: unknown[]): void {
    this.#publish({ topic, payload: Payload.fromValues(args), owner, about, isEnd: true })
  }
}

function of({ tables }: Session, about?: Subject): About {
  return { owner: tables.owner, about: about && subjectOf(about) }
}

function ofRemote({ identity }: Pick<RemoteSession, 'identity'>): About {
  return { owner: ownerElsewhere(identity), about: undefined }
}

/** Does not keep the subscription or registration. */
function subjectOf({ uri, match }: Subject): Subject {
  return { uri, match }
}

const NOBODY: About = { owner: '', about: undefined }

/** What `wamp.session.get` and `on_join` show of a session; no address, no authextra. */
export function sessionDetails(
  session: Pick<Session, 'id' | 'identity'> & { readonly transport: Pick<TransportInfo, 'kind'> },
): Record<string, unknown> {
  const { authid, authrole, authmethod, authprovider } = session.identity
  return { session: session.id, authid, authrole, authmethod, authprovider, transport: { type: session.transport.kind } }
}

/** What the meta API shows of a subscription. */
export function subscriptionDetails({
  id,
  created,
  uri,
  match,
}: Pick<Subscription, 'id' | 'created' | 'uri' | 'match'>): Record<string, unknown> {
  return { id, created: isoTime(created), uri, match }
}

/** What the meta API shows of a registration. */
export function registrationDetails({ id, created, uri, match, invoke }: Registration): Record<string, unknown> {
  return { id, created: isoTime(created), uri, match, invoke }
}

/** A time as the meta API writes it. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
