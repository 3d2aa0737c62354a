// One connected peer through its life: HELLO, login, open session, GOODBYE, perhaps another HELLO. Messages only:
// bytes and queues are the business of the way out that it is given.

import type {
  AbortMessage,
  Admission,
  AuthenticationNext,
  EncodedMessage,
  Identity,
  Irregularities,
  JoinRequest,
  Message,
  PayloadFormat,
} from '@trunkline/protocol'
import {
  abort,
  ABORT,
  checkOpen,
  EMPTY_DICT,
  GOODBYE,
  Lasting,
  ProtocolError,
  RequestSequence,
  ROUTER_ROLES,
  RouterHandshake,
  uris,
  welcome,
} from '@trunkline/protocol'
import type { Backlog, CloseCause, Delivery, Link, Loss, ReachedLimit, SendOutcome, TransportInfo } from '../core/ports/index.ts'
import type { Bound, Realm, Session } from '../core/index.ts'
import { LOGIN_TOOK_TOO_LONG, SILENT, tooSlow } from './last-words.ts'
import { MessageAllowance } from './message-allowance.ts'
import type { Outgoing } from './outgoing.ts'
import { limitReached } from './reached-limit.ts'

/** Limits of time, in milliseconds. */
export interface ConnectionLimits {
  /** From the opening of the transport to HELLO. */
  readonly helloMs: number
  /** From HELLO to the end of the login. */
  readonly loginMs: number
  /** For the answer to our GOODBYE. */
  readonly goodbyeMs: number
  /** For another HELLO on the same transport after a GOODBYE. */
  readonly reuseMs: number
}

/** What a connection needs of the router. */
export interface ConnectionHost {
  readonly agent: string
  readonly limits: ConnectionLimits
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void
  /** The realm, made on demand where that is allowed; undefined when there is none of that name. */
  realm(name: string): Realm | undefined
  /** The clock for durations. */
  now(): number
  /** A connection that waits for its peer: `expire` is called once the time of {@link now} has come. */
  watch(connection: Connection, at: number): void
  /** The same for a date, in milliseconds since 1970. */
  watchDate(connection: Connection, at: number): void
  /** Watches neither any more. */
  unwatch(connection: Connection): void
  /** Counts a session in; answers the limit that stands against it, if any. */
  enter(info: TransportInfo, realm: Realm): ReachedLimit | undefined
  /** Counts a session out that was counted in. */
  exit(info: TransportInfo): void
  /** A connection that is not read for now: `readAgain` is called until it says yes. */
  throttle(connection: Connection): void
  unthrottle(connection: Connection): void
  /** A client got this in place of a session. */
  onRefused(connection: Connection, refusal: AbortMessage): void
  /** A session is open. */
  onJoined(session: Session, realm: string): void
  /** A session is over: a word, or the reason of our GOODBYE. */
  onLeft(session: Session, realm: string, cause: string): void
  /** One line about an input that was refused. */
  onViolation(connection: Connection, error: ProtocolError): void
  /** Counts gaps and disorder of request ids that a realm lets pass. */
  readonly irregularIds: Irregularities
  /** A fault of our own. */
  onFault(connection: Connection, error: unknown): void
}

type Phase = 'opening' | 'open' | 'closing' | 'left' | 'dead'

export class Connection implements Link {
  readonly #host: ConnectionHost
  readonly #out: Outgoing
  #phase: Phase = 'opening'
  /** Only while a session is being opened. */
  #handshake: RouterHandshake | undefined
  #sequence = new RequestSequence('strict')
  #session: Session | undefined
  #realm: Realm | undefined
  /** Undefined where the session may send as many messages as it likes. */
  #allowance: MessageAllowance | undefined
  /** The same for all sessions of this connection; undefined before the first that has a limit. */
  #connectionAllowance: MessageAllowance | undefined
  #isThrottled = false

  constructor(host: ConnectionHost, out: Outgoing) {
    this.#host = host
    this.#out = out
    this.#handshake = this.#newHandshake()
    host.watch(this, host.now() + host.limits.helloMs)
  }

  get format(): PayloadFormat {
    return this.#out.format
  }

  get info(): TransportInfo {
    return this.#out.info
  }

  /** The session that is open, for log lines. */
  get session(): Session | undefined {
    return this.#session
  }

  /** What the client asked for, while it logs in. */
  get wish(): JoinRequest | undefined {
    return this.#handshake?.request
  }

  send(message: Message, isOffer?: boolean): SendOutcome {
    return this.#out.send(message, isOffer)
  }

  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome {
    return this.#out.sendEvent(event, delivery, isOffer)
  }

  refusalOf(octets: number): 'too_large' | 'full' | undefined {
    return this.#out.refusalOf?.(octets)
  }

  backlog(now: number): Backlog {
    return this.#out.backlog?.(now) ?? NOTHING_WAITS
  }

  takesResults(): boolean {
    return this.#out.takesResults?.() !== false
  }

  /** Events of a subscription that waited were given up, and none that waits tells of it. */
  missed(subscription: number, events: number): void {
    if (this.#session !== undefined) this.#realm?.missed(this.#session, subscription, events)
  }

  /** Takes one message of the peer. Throws nothing: whatever is wrong ends this connection only. */
  receive(message: Message): void {
    try {
      if (this.#phase === 'open') this.#receiveOpen(message)
      else this.#receiveOther(message)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Ends the connection because of what was thrown on its behalf. A fault of our own is told also when it has ended already. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError) return this.abort(error)
    this.#host.onFault(this, error)
    this.#end(abort(uris.INTERNAL_ERROR, 'the router met a fault of its own'), 'protocol_violation', 'fault')
  }

  /** The peer broke the protocol (specification: "Protocol Errors"). */
  abort(error: ProtocolError): void {
    if (this.#phase === 'dead') return
    this.#host.onViolation(this, error)
    this.#end(abort(error.uri, error.message), 'protocol_violation', 'violation')
  }

  /** There is no room for a connection that has not logged in. */
  turnAway(reached: ReachedLimit): void {
    this.#refuse(limitReached(reached), 'policy')
  }

  /** The peer does not read: it is told in the last message that it may get, and the session is over. */
  cutOff(cause: Bound): void {
    this.#end(tooSlow(cause), 'policy', cause)
  }

  /** Nothing was heard of the peer for too long. */
  silent(): void {
    this.#end(SILENT, 'policy', 'silence')
  }

  goodbye(reason: string, message: string | undefined): void {
    if (this.#phase !== 'open') return
    this.#forget(reason)
    this.#unthrottle() // Only the answer is awaited, and no session can follow.
    this.#phase = 'closing'
    this.#sayGoodbye(reason, message)
    this.#host.watch(this, this.#host.now() + this.#host.limits.goodbyeMs)
  }

  /** What is too long for the peer is left out: first the text, then a reason that somebody else chose. */
  #sayGoodbye(reason: string, message: string | undefined): void {
    const full: Message = { type: GOODBYE, details: message === undefined ? EMPTY_DICT : { message }, reason }
    if (this.#out.send(full) !== 'too_large') return
    if (this.#out.send({ ...full, details: EMPTY_DICT }) !== 'too_large') return
    this.#out.send({ ...full, details: EMPTY_DICT, reason: uris.KILLED })
  }

  answerGoodbye(): void {
    if (this.#phase !== 'open') return
    this.#forget('goodbye')
    this.#phase = 'left'
    this.#out.setOpen?.(false)
    this.#out.send({ type: GOODBYE, details: EMPTY_DICT, reason: uris.GOODBYE_AND_OUT })
    this.#host.watch(this, this.#host.now() + this.#host.limits.reuseMs)
  }

  /** The router shuts down: GOODBYE where a session is open, ABORT before (specification: "Closing"). */
  shutDown(): void {
    if (this.#phase === 'open') this.goodbye(uris.SYSTEM_SHUTDOWN, 'the router shuts down')
    else if (this.#phase !== 'closing') this.#end(abort(uris.SYSTEM_SHUTDOWN, 'the router shuts down'), 'going_away')
  }

  /**
   * The router is about to stop: a session leaves as soon as it neither owes an answer nor waits for one.
   * @returns whether it has left
   */
  drain(): boolean {
    if (this.#phase === 'open' && this.#session?.isBusy === true) return false
    this.shutDown()
    return true
  }

  /** The session ends at this time, in milliseconds since 1970, and no longer at an earlier one. */
  expireAt(at: number): void {
    if (this.#phase === 'open') this.#host.watchDate(this, at)
  }

  /** A limit of time has passed. */
  expire(): void {
    if (this.#phase === 'opening' && this.wish !== undefined) this.#refuse(LOGIN_TOOK_TOO_LONG, 'policy')
    else if (this.#phase === 'opening') this.#end(undefined, 'policy')
    else if (this.#phase === 'open') this.goodbye(uris.TOKEN_EXPIRED, 'the token of this session has expired')
    else if (this.#phase === 'closing' || this.#phase === 'left') this.#end(undefined, 'normal')
  }

  /** The transport is gone. */
  closed(loss?: Loss): void {
    this.#phase = 'dead'
    this.#forget(loss ?? 'gone')
    this.#unthrottle()
  }

  #receiveOpen(message: Message): void {
    const session = this.#session
    const realm = this.#realm
    if (session === undefined || realm === undefined) return
    checkOpen('router', message.type)
    if (message.type === ABORT) return this.#end(undefined, 'normal', 'abort')
    this.#sequence.check(message)
    if (this.#allowance !== undefined && !this.#allowance.spend(this.#host.now())) this.#throttle()
    if (this.#phase === 'open') realm.receive(session, message)
  }

  /** More messages came than may: no more are read for a while, or the session ends. */
  #throttle(): void {
    if (this.#isThrottled) return
    if (this.#out.pause?.() !== true) throw new ProtocolError('more messages than a session may send', uris.LIMIT_EXCEEDED)
    this.#isThrottled = true
    this.#host.throttle(this)
  }

  /** Reads again once another message may come; answers whether it does. */
  readAgain(now: number): boolean {
    if (this.#connectionAllowance?.isLeft(now) === false) return false
    this.#isThrottled = false
    this.#out.resume?.()
    return !this.#isThrottled
  }

  #receiveOther(message: Message): void {
    switch (this.#phase) {
      case 'opening':
        if (message.type === ABORT) this.#end(undefined, 'normal')
        else this.#open(message)
        return
      case 'closing':
        if (message.type === GOODBYE || message.type === ABORT) this.#end(undefined, 'normal')
        return // Specification, "Closing": while the answer is awaited, all else is ignored.
      case 'left':
        if (message.type === ABORT) return this.#end(undefined, 'normal')
        this.#phase = 'opening'
        this.#handshake = this.#newHandshake()
        return this.#open(message)
      case 'open':
      case 'dead':
        return // Nothing is processed after the end.
    }
  }

  #open(message: Message): void {
    const { limits } = this.#host
    const handshake = this.#handshake
    if (handshake === undefined) return
    // To join again costs the router more than any message: it counts as one.
    if (this.#connectionAllowance?.spend(this.#host.now()) === false) this.#throttle()
    const wasLoggingIn = handshake.isLoggingIn
    handshake.receive(message)
    if (this.#phase === 'opening' && !wasLoggingIn) this.#host.watch(this, this.#host.now() + limits.loginMs)
  }

  #newHandshake(): RouterHandshake {
    return new RouterHandshake(
      (request, next) => this.#host.authenticate(request, this.#out.info, next),
      (outcome) => {
        // A step may come out of a promise of an authenticator, where nobody catches.
        try {
          if ('send' in outcome) this.#refuseUnlessSent(this.#out.send(outcome.send))
          else if ('refuse' in outcome) this.#refuse(outcome.refuse, 'normal')
          else this.#join(outcome.join, outcome.identity, outcome.admission)
        } catch (error) {
          this.fail(error)
        }
      },
      this.#out.info.logins?.defaultRealm,
    )
  }

  #join(request: JoinRequest, identity: Identity, { session: reserved, expires, realm: assigned = request.realm }: Admission): void {
    const realm = this.#host.realm(assigned)
    if (realm === undefined) return this.#refuse(abort(uris.NO_SUCH_REALM, 'no such realm'), 'normal')
    if (request.replaces !== undefined) realm.replace(request.replaces, identity)
    const reached = this.#host.enter(this.#out.info, realm)
    if (reached !== undefined) return this.#refuse(limitReached(reached), 'policy')
    this.#host.unwatch(this)
    this.#handshake = undefined
    this.#phase = 'open'
    this.#out.setOpen?.(true)
    this.#allowance = this.#allowanceIn(realm)
    this.#realm = realm
    const isStream = (request: number): boolean => this.#session?.streams?.has(request) ?? false
    this.#sequence = new RequestSequence(realm.settings.requestIds, this.#host.irregularIds, isStream)
    if (expires !== undefined) this.expireAt(expires)
    let sent: SendOutcome = 'queued'
    const { info } = this.#out
    const profile = { identity, roles: request.roles, transport: info, isInternal: info.identity?.isInternal === true }
    const sayWelcome = (session: Session): void => {
      sent = this.#out.send(
        welcome(session.id, realm.name, identity, {
          roles: ROLES,
          agent: this.#host.agent,
          longestMessage: this.#out.maxReceiveBytes,
        }),
      )
    }
    this.#session = realm.join(this, profile, sayWelcome, reserved)
    this.#host.onJoined(this.#session, realm.name)
    this.#refuseUnlessSent(sent)
  }

  /** To leave and to join again gives nothing back: there is one allowance, and the realm says how fast it grows. */
  #allowanceIn({ settings }: Realm): MessageAllowance | undefined {
    const { messageRate } = settings.limits
    // Sessions that the router's own program opens are its own business.
    if (messageRate === undefined || this.#out.info.identity !== undefined) return undefined
    const now = this.#host.now()
    if (this.#connectionAllowance === undefined) this.#connectionAllowance = new MessageAllowance(messageRate, now)
    else this.#connectionAllowance.change(messageRate, now)
    return this.#connectionAllowance
  }

  /** A peer that accepts only messages shorter than what opens a session would wait for it in vain. */
  #refuseUnlessSent(outcome: SendOutcome): void {
    if (outcome === 'too_large') this.#end(abort(uris.PAYLOAD_SIZE_EXCEEDED, 'the answer is larger than you accept'), 'too_large')
  }

  #unthrottle(): void {
    if (!this.#isThrottled) return
    this.#isThrottled = false
    this.#host.unthrottle(this)
    this.#out.resume?.()
  }

  #refuse(refusal: AbortMessage, cause: CloseCause): void {
    if (this.#phase === 'opening') this.#host.onRefused(this, refusal)
    this.#end(refusal, cause)
  }

  /** @param why of the session that is open, if one is */
  #end(last: AbortMessage | undefined, cause: CloseCause, why = 'gone'): void {
    if (this.#phase === 'dead') return
    this.#phase = 'dead'
    this.#forget(why)
    this.#unthrottle()
    this.#out.close(cause, last)
  }

  /** The session, the login and the limits of time are over. */
  #forget(why: string): void {
    this.#host.unwatch(this)
    this.#handshake?.stop()
    this.#handshake = undefined
    const session = this.#session
    this.#session = undefined
    this.#out.seal?.()
    if (session === undefined) return
    this.#host.exit(this.#out.info)
    this.#host.onLeft(session, this.#realm?.name ?? '', why)
    this.#realm?.leave(session)
  }
}

const ROLES = new Lasting(ROUTER_ROLES)
const NOTHING_WAITS: Backlog = { events: 0, eventBytes: 0, replies: 0, replyBytes: 0, dropped: 0, stalledMs: 0 }
