// One realm: who is in it, and the one way in for their messages: authorize, then broker or dealer.

import type { Identity, Message, PayloadFormat } from '@trunkline/protocol'
import {
  CALL,
  CANCEL,
  ERROR,
  EVENT_RECEIVED,
  GOODBYE,
  nameOf,
  ProtocolError,
  PUBLISH,
  REGISTER,
  SUBSCRIBE,
  UNREGISTER,
  UNSUBSCRIBE,
  uris,
  YIELD,
} from '@trunkline/protocol'
import { matchPolicy, payloadOf } from '@trunkline/protocol'
import { adminProcedures } from './admin-api.ts'
import { sendError } from './answers.ts'
import { Broker } from './broker.ts'
import { Dealer } from './dealer.ts'
import { metaProcedures } from './meta-api.ts'
import { MetaEvents } from './meta-events.ts'
import { META_PROFILE, MetaSession } from './meta-session.ts'
import type { Action, AuthorizationRequest, Link } from './ports.ts'
import type { RealmContext } from './realm-context.ts'
import type { RealmSettings } from './settings.ts'
import type { SessionProfile } from './tables.ts'
import { Session } from './tables.ts'
import { isForRouter, RESERVED, uriFault } from './uri-check.ts'

export class Realm {
  readonly name: string
  readonly broker: Broker
  readonly dealer: Dealer
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #sessions = new Map<number, Session>()

  /** @param format the serializer in which the realm's own session takes payloads */
  constructor(context: RealmContext, format: PayloadFormat) {
    this.name = context.name
    this.#context = context
    this.#meta = new MetaEvents((topic, payload) => this.broker.publishOwn(topic, payload))
    this.broker = new Broker(context, this.#meta)
    this.dealer = new Dealer(context, this.#meta)
    this.#openMetaSession(format)
  }

  get settings(): RealmContext['settings'] {
    return this.#context.settings
  }

  /** The sessions in the realm by id, those of the router itself included. */
  get sessions(): ReadonlyMap<number, Session> {
    return this.#sessions
  }

  /** Makes a session. `welcome` sends its WELCOME, so that it is the first message, before any other can be. */
  join(link: Link, profile: SessionProfile, welcome: (session: Session) => void): Session {
    let id = this.#context.ids.random()
    while (this.#sessions.has(id)) id = this.#context.ids.random()
    const session = new Session(id, link, profile)
    this.#sessions.set(id, session)
    if (!session.isInternal) this.#context.counters.sessionsOpened++
    welcome(session)
    this.#meta.joined(session)
    return session
  }

  /**
   * Ends a session that its successor replaces, if it is the same principal's: what it held is free for the successor.
   * @param id the session, by the word of the client
   */
  replace(id: number, successor: Identity): void {
    const session = this.#sessions.get(id)
    if (session === undefined || session.isInternal || !isSamePrincipal(session.identity, successor)) return
    this.#context.counters.sessionsReplaced++
    this.kill(session, uris.REPLACED, 'a new session of the same client replaces this one')
  }

  /** From now on no call is taken; those under way go on. Cannot be undone. */
  drain(): void {
    this.dealer.drain()
  }

  /** Takes a session out, by whatever cause it ends. Idempotent. */
  leave(session: Session, isQuiet = false): void {
    if (!session.isMember) return
    session.isMember = false
    session.parked = undefined
    this.#sessions.delete(session.id)
    this.dealer.leave(session)
    this.broker.leave(session)
    if (session.isInternal) return
    this.#context.counters.sessionsClosed++
    if (!isQuiet) this.#meta.left(session)
  }

  /** Ends a session from outside, with GOODBYE. */
  kill(session: Session, reason: string, message: string | undefined, isQuiet = false): void {
    this.leave(session, isQuiet)
    session.link.goodbye(reason, message)
  }

  /**
   * Takes one message of a session, in the order in which they came.
   * @throws {ProtocolError} when the session broke the protocol; its owner then ends it
   */
  receive(session: Session, message: Message): void {
    if (message.type === CALL) this.dealer.expect(session, message)
    if (session.parked === undefined) this.#route(session, message)
    else this.#park(session, session.parked, message)
  }

  /** Events of a subscription that waited for a session were given up, and none that waits tells of it. */
  missed(session: Session, subscription: number, events: number): void {
    this.broker.missed(session, subscription, events)
  }

  /** Looks for what has waited long enough. To be called about once a second. */
  tick(): void {
    this.broker.tellGaps()
  }

  #park(session: Session, parked: Message[], message: Message): void {
    const { limits } = this.#context.settings
    const payload = payloadOf(message)?.own()
    session.parkedBytes += payload?.byteLength ?? 0
    if (parked.length >= limits.parkedMessages || session.parkedBytes > limits.parkedBytes) {
      this.#context.counters.limitsHit++
      throw new ProtocolError('more waits for an authorizer than may wait', uris.LIMIT_EXCEEDED)
    }
    parked.push(message)
  }

  #route(session: Session, message: Message): void {
    switch (message.type) {
      case CALL:
        if (this.dealer.continue(session, message)) return
        return this.#authorized(session, message, 'call', message.procedure)
      case YIELD:
        return this.dealer.yield(session, message)
      case PUBLISH:
        return this.#authorized(session, message, 'publish', message.topic)
      case SUBSCRIBE:
        return this.#authorized(session, message, 'subscribe', message.topic)
      case REGISTER:
        return this.#authorized(session, message, 'register', message.procedure)
      case ERROR:
        return this.dealer.error(session, message)
      case CANCEL:
        return this.dealer.cancel(session, message)
      case UNSUBSCRIBE:
        return this.broker.unsubscribe(session, message)
      case UNREGISTER:
        return this.dealer.unregister(session, message)
      case GOODBYE:
        return session.link.answerGoodbye()
      case EVENT_RECEIVED:
        return // Not announced; harmless from clients that send it all the same.
      default:
        throw new ProtocolError(`${nameOf(message.type)} may not arrive at a router on an open session`)
    }
  }

  #authorized(session: Session, message: Judged, action: Action, uri: string): void {
    if (session.isInternal) return this.#perform(session, message)
    const match = message.type === SUBSCRIBE || message.type === REGISTER ? matchPolicy(message.options) : 'exact'
    const { authid, authrole } = session.identity
    const request: AuthorizationRequest = { action, uri, match, session: { id: session.id, authid, authrole } }
    const verdict = this.#context.authorizer.allows(request, (answer) => this.#resume(session, message, answer))
    if (verdict === undefined) {
      payloadOf(message)?.own()
      session.parked = []
    } else this.#judged(session, message, verdict)
  }

  #judged(session: Session, message: Judged, verdict: boolean | 'failed'): void {
    if (verdict === true) {
      if (this.#mayUseOptions(session, message)) return this.#perform(session, message)
      return sendError(session, message.type, message.request, uris.OPTION_NOT_ALLOWED)
    }
    const { counters } = this.#context
    if (message.type === PUBLISH) {
      counters.publicationsRefused++
      if (message.options['acknowledge'] !== true) return
    }
    const fault = faultOf(message, this.#context.settings)
    if (fault !== undefined) sendError(session, message.type, message.request, uris.INVALID_URI, fault)
    else sendError(session, message.type, message.request, verdict === 'failed' ? uris.AUTHORIZATION_FAILED : uris.NOT_AUTHORIZED)
  }

  /** `force_reregister` takes a procedure from others, which is a right of its own. */
  #mayUseOptions({ id, identity }: Session, message: Judged): boolean {
    if (message.type !== REGISTER || message.options['force_reregister'] !== true) return true
    const { authid, authrole } = identity
    const match = matchPolicy(message.options)
    const request: AuthorizationRequest = { action: 'register', uri: message.procedure, match, session: { id, authid, authrole } }
    return this.#context.authorizer.mayForce?.(request) ?? false
  }

  #perform(session: Session, message: Judged): void {
    switch (message.type) {
      case CALL:
        return this.dealer.call(session, message)
      case PUBLISH:
        return this.broker.publish(session, message)
      case SUBSCRIBE:
        return this.broker.subscribe(session, message)
      case REGISTER:
        return this.dealer.register(session, message)
    }
  }

  /** The authorizer's answer came in a later turn: goes on with what waited, until something waits again. */
  #resume(session: Session, message: Judged, verdict: boolean | 'failed'): void {
    if (!session.isMember) return
    const waiting = session.parked ?? []
    session.parked = undefined
    session.parkedBytes = 0
    try {
      this.#judged(session, message, verdict)
      while (waiting.length > 0 && session.parked === undefined && session.isMember) this.#route(session, waiting.shift() as Message)
      if (session.parked === undefined) return
      session.parked = waiting
      session.parkedBytes = waiting.reduce((octets, each) => octets + (payloadOf(each)?.byteLength ?? 0), 0)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.leave(session)
      session.link.abort(error)
    }
  }

  #openMetaSession(format: PayloadFormat): void {
    const procedures = new Map([...metaProcedures(this), ...adminProcedures(this.#sessions, this.#context.clock)])
    const link: MetaSession = new MetaSession(this.#context, format, procedures, (message) => this.receive(session, message))
    const session: Session = this.join(link, META_PROFILE, () => {})
    link.start()
  }
}

function isSamePrincipal(a: Identity, b: Identity): boolean {
  return a.authid === b.authid && a.authrole === b.authrole && a.authmethod === b.authmethod
}

/** What is wrong with the URI itself; said also to those who may do nothing, since it tells them nothing. */
function faultOf(message: Judged, settings: RealmSettings): string | undefined {
  const uri = message.type === CALL || message.type === REGISTER ? message.procedure : message.topic
  const isOffer = message.type === PUBLISH || message.type === REGISTER
  if (isOffer && isForRouter(uri)) return RESERVED
  return uriFault(uri, matchPolicy(message.options), settings)
}

type Judged = Extract<Message, { type: typeof CALL | typeof PUBLISH | typeof SUBSCRIBE | typeof REGISTER }>
