// The life of the sessions of one connected peer: HELLO, login, open session, GOODBYE, perhaps another HELLO. Handles messages only;
// the peer handles bytes and queues.

import type { AbortMessage, Admission, Identity, JoinRequest, Message, PayloadFormat } from '@trunkline/protocol'
import {
  abort,
  ABORT,
  beginningOf,
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
import type { CloseCause, Loss, ReachedLimit, SendOutcome, TransportInfo } from '../core/ports/index.ts'
import type { Bound, Realm, Session } from '../core/index.ts'
import type { Life, LifeHost } from './life-host.ts'
import { LOGIN_TOOK_TOO_LONG, SILENT, tooSlow } from './last-words.ts'
import { MessageAllowance } from './message-allowance.ts'
import type { WayOut } from './way-out.ts'
import { limitReached } from './reached-limit.ts'

type Phase = 'opening' | 'open' | 'closing' | 'left' | 'dead'

/** What a phase does. */
interface PhaseRules {
  /** On a message other than ABORT, which ends every phase. */
  receive(life: SessionLife, message: Message): void
  /** When its time limit has passed. */
  expire(life: SessionLife): void
  shutDown(life: SessionLife): void
}

export class SessionLife implements Life {
  static readonly #PHASES: Readonly<Record<Phase, PhaseRules>> = {
    opening: {
      receive: (life, message) => life.#open(message),
      expire: (life) => life.#expireOpening(),
      shutDown: (life) => life.#end(SHUTDOWN, 'going_away'),
    },
    open: {
      receive: (life, message) => life.#receiveOpen(message),
      expire: (life) => life.goodbye(uris.TOKEN_EXPIRED, 'the token of this session has expired'),
      shutDown: (life) => life.goodbye(uris.SYSTEM_SHUTDOWN, 'the router shuts down'),
    },
    // The router's GOODBYE has no answer yet; other messages are ignored (specification: "Closing").
    closing: {
      receive: (life, message) => life.#receiveClosing(message),
      expire: (life) => life.#end(undefined, 'normal'),
      shutDown: () => {},
    },
    // The client has sent GOODBYE; another HELLO may follow.
    left: {
      receive: (life, message) => life.#openAgain(message),
      expire: (life) => life.#end(undefined, 'normal'),
      shutDown: (life) => life.#end(SHUTDOWN, 'going_away'),
    },
    dead: { receive: () => {}, expire: () => {}, shutDown: () => {} },
  }

  readonly #host: LifeHost
  readonly #out: WayOut
  #phase: Phase = 'opening'
  /** Only until the session is open. */
  #handshake: RouterHandshake | undefined
  #sequence = new RequestSequence('strict')
  #session: Session | undefined
  #realm: Realm | undefined
  /** Undefined where the session may send any number of messages. */
  #allowance: MessageAllowance | undefined
  /** The allowance for all sessions of this connection; undefined before the first with a limit. */
  #connectionAllowance: MessageAllowance | undefined
  #isThrottled = false

  constructor(host: LifeHost, out: WayOut) {
    this.#host = host
    this.#out = out
    this.#handshake = this.#newHandshake()
    host.watch(this, host.now() + host.limits.helloMs)
  }

  get info(): TransportInfo {
    return this.#out.info
  }

  /** The open session, for log lines. */
  get session(): Session | undefined {
    return this.#session
  }

  /** What the client asked for, during its login. */
  get wish(): JoinRequest | undefined {
    return this.#handshake?.request
  }

  /** The method of the CHALLENGE that the client got, during its login. */
  get challenged(): string | undefined {
    return this.#handshake?.challenged
  }

  /** Notes events of a subscription that were dropped from the queue and that no queued event reports. */
  missed(subscription: number, events: number): void {
    if (this.#session !== undefined) this.#realm?.missed(this.#session, subscription, events)
  }

  /** Processes one message of the peer. Never throws: an error ends this connection only. */
  receive(message: Message): void {
    try {
      if (this.#phase === 'open') this.#receiveOpen(message)
      else if (message.type === ABORT) this.#end(undefined, 'normal')
      else SessionLife.#PHASES[this.#phase].receive(this, message)
    } catch (error) {
      this.fail(error)
    }
  }

  /** The serializers of those that a message would go to now; none without an open session. */
  receivingFormats(message: Message): Iterable<PayloadFormat> {
    return this.#session === undefined ? [] : (this.#realm?.receivingFormats(this.#session, message) ?? [])
  }

  /** Ends the connection because of an error. A fault of the router itself is reported even when the connection has already ended. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError) return this.abort(error)
    this.#host.onFault(this, error)
    this.#end(abort(uris.INTERNAL_ERROR, 'the router had an internal error'), 'protocol_violation', 'fault')
  }

  /** The peer broke the protocol (specification: "Protocol Errors"). */
  abort(error: ProtocolError): void {
    if (this.#phase === 'dead') return
    this.#host.onViolation(this, error)
    this.#end(abort(error.uri, error.message), 'protocol_violation', 'violation')
  }

  /** Refuses a connection before login, for which there is no room. */
  turnAway(reached: ReachedLimit): void {
    this.#refuse(limitReached(reached), 'policy')
  }

  /** The peer does not read: the last message that it may get says so, and the session ends. */
  cutOff(cause: Bound): void {
    this.#end(tooSlow(cause), 'policy', cause)
  }

  /** Nothing has come from the peer for too long. */
  silent(): void {
    this.#end(SILENT, 'policy', 'silence')
  }

  goodbye(reason: string, message: string | undefined): void {
    if (this.#phase !== 'open') return
    this.#forget(reason)
    this.#unthrottle() // Only the answer may still come, and no session can follow.
    this.#phase = 'closing'
    this.#sendGoodbye(reason, message)
    this.#host.watch(this, this.#host.now() + this.#host.limits.goodbyeMs)
  }

  /** Sends GOODBYE and leaves out what is too long for the peer: first the text, then a reason that another client chose. */
  #sendGoodbye(reason: string, message: string | undefined): void {
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

  /** The router shuts down: sends GOODBYE to an open session, else ABORT (specification: "Closing"). */
  shutDown(): void {
    SessionLife.#PHASES[this.#phase].shutDown(this)
  }

  /**
   * The router is about to stop: a session leaves as soon as it has no open calls, as caller or as callee.
   * @returns whether it has left
   */
  drain(): boolean {
    if (this.#phase === 'open' && this.#session?.isBusy === true) return false
    this.shutDown()
    return true
  }

  /** Sets when the session expires, in milliseconds since 1970; replaces an earlier time. */
  expireAt(at: number): void {
    if (this.#phase === 'open') this.#host.watchDate(this, at)
  }

  /** A time limit has passed. */
  expire(): void {
    SessionLife.#PHASES[this.#phase].expire(this)
  }

  /** The transport has ended. */
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

  /** More messages came than allowed: pauses reading for a while, or ends the session. */
  #throttle(): void {
    if (this.#isThrottled) return
    if (this.#out.pause?.() !== true) throw new ProtocolError('the session sent more messages than messageRate allows', uris.LIMIT_EXCEEDED)
    this.#isThrottled = true
    this.#host.throttle(this)
  }

  /** Reads again once another message is allowed; returns whether it does. */
  readAgain(now: number): boolean {
    if (this.#connectionAllowance?.isLeft(now) === false) return false
    this.#isThrottled = false
    this.#out.resume?.()
    return !this.#isThrottled
  }

  #receiveClosing(message: Message): void {
    if (message.type === GOODBYE) this.#end(undefined, 'normal')
  }

  #openAgain(message: Message): void {
    this.#phase = 'opening'
    this.#handshake = this.#newHandshake()
    this.#open(message)
  }

  #expireOpening(): void {
    if (this.wish === undefined) this.#end(undefined, 'policy')
    else this.#refuse(LOGIN_TOOK_TOO_LONG, 'policy')
  }

  #open(message: Message): void {
    const { limits } = this.#host
    const handshake = this.#handshake
    if (handshake === undefined) return
    // Joining again costs the router more than any message: it counts as one.
    if (this.#connectionAllowance?.spend(this.#host.now()) === false) this.#throttle()
    const wasLoggingIn = handshake.isLoggingIn
    handshake.receive(message)
    if (this.#phase === 'opening' && !wasLoggingIn) this.#host.watch(this, this.#host.now() + limits.loginMs)
  }

  #newHandshake(): RouterHandshake {
    return new RouterHandshake(
      (request, next) => this.#host.authenticate(request, this.#out.info, next),
      (outcome) => {
        // A step may run in a promise of an authenticator, where errors are not caught.
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

  #join(request: JoinRequest, identity: Identity, admission: Admission): void {
    const { replaces } = request
    const realm = this.#host.realm(admission.realm ?? request.realm)
    if (realm === undefined || replaces === undefined) return this.#enter(request, identity, admission)
    const handshake = this.#handshake
    realm.replace(replaces, identity, () => {
      // Where that took time, the client may have gone.
      if (this.#phase !== 'opening' || this.#handshake !== handshake) return
      try {
        this.#enter(request, identity, admission)
      } catch (error) {
        this.fail(error)
      }
    })
  }

  #enter(request: JoinRequest, identity: Identity, { session: reserved, expires, realm: assigned = request.realm }: Admission): void {
    const realm = this.#host.realm(assigned)
    if (realm === undefined) return this.#refuse(abort(uris.NO_SUCH_REALM, 'no such realm'), 'normal')
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
    const { roles, agent } = request
    const profile = { identity, roles, agent: shortAgent(agent), transport: info, isInternal: info.identity?.isInternal === true }
    const sendWelcome = (session: Session): void => {
      sent = this.#out.send(
        welcome(session.id, realm.name, identity, {
          roles: ROLES,
          agent: this.#host.agent,
          longestMessage: this.#out.maxReceiveBytes,
        }),
      )
    }
    this.#session = realm.join(this.#out, profile, sendWelcome, reserved)
    this.#host.onJoined(this.#session, realm.name)
    this.#refuseUnlessSent(sent)
  }

  /** Leaving and joining again does not refill it: a connection has one allowance, and the realm sets its rate. */
  #allowanceIn({ settings }: Realm): MessageAllowance | undefined {
    const { messageRate } = settings.limits
    // Sessions that the embedding program opens have no limit.
    if (messageRate === undefined || this.#out.info.identity !== undefined) return undefined
    const now = this.#host.now()
    if (this.#connectionAllowance === undefined) this.#connectionAllowance = new MessageAllowance(messageRate, now)
    else this.#connectionAllowance.change(messageRate, now)
    return this.#connectionAllowance
  }

  /** Ends the connection if the peer does not accept a message as long as the one that opens its session. */
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

  /** @param why the cause for the log, if a session is open */
  #end(last: AbortMessage | undefined, cause: CloseCause, why = 'gone'): void {
    if (this.#phase === 'dead') return
    this.#phase = 'dead'
    this.#forget(why)
    this.#unthrottle()
    this.#out.close(cause, last)
  }

  /** Ends the session, the login and the time limits. */
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
const SHUTDOWN = abort(uris.SYSTEM_SHUTDOWN, 'the router shuts down')

function shortAgent(agent: string | undefined): string | undefined {
  return agent === undefined ? undefined : beginningOf(agent, LONGEST_AGENT)
}

const LONGEST_AGENT = 128
