// The meta events of a realm (specification: "Session Metaevents", "Registration Metaevents", "Subscription Metaevents").
// None is published about `wamp.` URIs or about sessions of the router itself.

import { isForRouter, Payload } from '@trunkline/protocol'
import type { TransportInfo } from '../ports/transport.ts'
import type { Entry, TableChange } from '../ports/witness.ts'
import type { RemoteSession } from './realm-cluster.ts'
import type { RealmContext } from './realm-context.ts'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** Publishes in the name of the router. */
export type PublishOwn = (topic: string, payload: Payload | undefined) => void

export class MetaEvents {
  readonly #publish: PublishOwn
  readonly #context: Pick<RealmContext, 'name' | 'witnesses'>

  constructor(context: Pick<RealmContext, 'name' | 'witnesses'>, publish: PublishOwn) {
    this.#context = context
    this.#publish = publish
  }

  joined(session: Session): void {
    this.#show('join', session)
    if (!session.isInternal) this.#tell('wamp.session.on_join', sessionDetails(session))
  }

  left(session: Session): void {
    this.#show('leave', session)
    if (!session.isInternal) this.#tell('wamp.session.on_leave', session.id, session.identity.authid, session.identity.authrole)
  }

  /** A link to another node has come up, and the session is there. */
  returned(session: RemoteSession): void {
    this.#tell('wamp.session.on_join', sessionDetails({ ...session, transport: { kind: session.transport } }))
  }

  /** A session of another node has left with its node. */
  lost({ id, identity }: Pick<Session, 'id' | 'identity'>): void {
    this.#tell('wamp.session.on_leave', id, identity.authid, identity.authrole)
  }

  subscriptionCreated(session: Session, subscription: Subscription): void {
    if (!isForRouter(subscription.uri)) this.#tell('wamp.subscription.on_create', session.id, subscriptionDetails(subscription))
  }

  subscribed(session: Session, subscription: Subscription): void {
    this.#show('subscribe', session, subscription)
    if (!isForRouter(subscription.uri)) this.#tell('wamp.subscription.on_subscribe', session.id, subscription.id)
  }

  unsubscribed(session: Session, subscription: Subscription): void {
    this.#show('unsubscribe', session, subscription)
    if (!isForRouter(subscription.uri)) this.#tell('wamp.subscription.on_unsubscribe', session.id, subscription.id)
  }

  subscriptionDeleted(session: Pick<Session, 'id'>, { uri, id }: Pick<Subscription, 'uri' | 'id'>): void {
    if (!isForRouter(uri)) this.#tell('wamp.subscription.on_delete', session.id, id)
  }

  registrationCreated(session: Session, registration: Registration): void {
    if (!isForRouter(registration.uri)) this.#tell('wamp.registration.on_create', session.id, registrationDetails(registration))
  }

  registered(session: Session, registration: Registration): void {
    this.#show('register', session, registration)
    if (!isForRouter(registration.uri)) this.#tell('wamp.registration.on_register', session.id, registration.id)
  }

  unregistered(session: Session, registration: Registration): void {
    this.#show('unregister', session, registration)
    this.lostCallee(session, registration)
  }

  /** A callee of another node has left with its node: witnesses see what sessions of this node do. */
  lostCallee(session: Session, registration: Registration): void {
    if (!isForRouter(registration.uri)) this.#tell('wamp.registration.on_unregister', session.id, registration.id)
  }

  registrationDeleted(session: Session, { uri, id }: Registration): void {
    if (!isForRouter(uri)) this.#tell('wamp.registration.on_delete', session.id, id)
  }

  /** A procedure, topic or error was described (specification: "Interface Reflection"). */
  defined(uri: string, kind: string): void {
    this.#tell('wamp.reflect.on_define', uri, kind)
  }

  undefined(uri: string, kind: string): void {
    this.#tell('wamp.reflect.on_undefine', uri, kind)
  }

  #show(change: TableChange, session: Session, entry?: Entry): void {
    this.#context.witnesses.changes?.(change, this.#context.name, session, entry)
  }

  #tell(topic: string, ...args: unknown[]): void {
    this.#publish(topic, Payload.fromValues(args))
  }
}

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
