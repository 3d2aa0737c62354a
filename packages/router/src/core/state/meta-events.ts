// The meta events of a realm (specification: "Session Metaevents", "Registration Metaevents", "Subscription Metaevents").
// None is published about `wamp.` URIs or about sessions of the router itself.

import { isForRouter, Payload } from '@trunkline/protocol'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** Publishes in the name of the router. */
export type PublishOwn = (topic: string, payload: Payload | undefined) => void

export class MetaEvents {
  readonly #publish: PublishOwn

  constructor(publish: PublishOwn) {
    this.#publish = publish
  }

  joined(session: Session): void {
    if (!session.isInternal) this.#tell('wamp.session.on_join', sessionDetails(session))
  }

  left(session: Session): void {
    if (!session.isInternal) this.#tell('wamp.session.on_leave', session.id, session.identity.authid, session.identity.authrole)
  }

  subscriptionCreated(session: Session, subscription: Subscription): void {
    if (!isForRouter(subscription.uri)) this.#tell('wamp.subscription.on_create', session.id, subscriptionDetails(subscription))
  }

  subscribed(session: Session, { uri, id }: Subscription): void {
    if (!isForRouter(uri)) this.#tell('wamp.subscription.on_subscribe', session.id, id)
  }

  unsubscribed(session: Session, { uri, id }: Subscription): void {
    if (!isForRouter(uri)) this.#tell('wamp.subscription.on_unsubscribe', session.id, id)
  }

  subscriptionDeleted(session: Session, { uri, id }: Subscription): void {
    if (!isForRouter(uri)) this.#tell('wamp.subscription.on_delete', session.id, id)
  }

  registrationCreated(session: Session, registration: Registration): void {
    if (!isForRouter(registration.uri)) this.#tell('wamp.registration.on_create', session.id, registrationDetails(registration))
  }

  registered(session: Session, { uri, id }: Registration): void {
    if (!isForRouter(uri)) this.#tell('wamp.registration.on_register', session.id, id)
  }

  unregistered(session: Session, { uri, id }: Registration): void {
    if (!isForRouter(uri)) this.#tell('wamp.registration.on_unregister', session.id, id)
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

  #tell(topic: string, ...args: unknown[]): void {
    this.#publish(topic, Payload.fromValues(args))
  }
}

/** What `wamp.session.get` and `on_join` show of a session; no address, no authextra. */
export function sessionDetails(session: Session): Record<string, unknown> {
  const { authid, authrole, authmethod, authprovider } = session.identity
  return { session: session.id, authid, authrole, authmethod, authprovider, transport: { type: session.transport.kind } }
}

/** What the meta API shows of a subscription. */
export function subscriptionDetails({ id, created, uri, match }: Subscription): Record<string, unknown> {
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
