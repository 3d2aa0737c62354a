// Checks each request of a session against its rights: granted or refused at once where these are known; else the request is
// pending, and all later input of the session behind it, in order. Performs no request itself.

import type { MatchPolicy, Message } from '@trunkline/protocol'
import {
  CALL,
  isForRouter,
  matchPolicy,
  payloadOf,
  ProtocolError,
  PUBLISH,
  REGISTER,
  SUBSCRIBE,
  traceContextOf,
  uris,
  owned,
} from '@trunkline/protocol'
import { sendError } from '../state/answers.ts'
import type { Judge, Wish } from './judge.ts'
import { noteLimit } from '../state/limits.ts'
import { noteRefusal } from '../state/refusals.ts'
import { ownerOf } from '../state/owner.ts'
import type { Action, Grant, Verdict } from '../ports/rights.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Judged } from './verdicts.ts'
import { asGranted, refusalOf } from './verdicts.ts'
import type { RealmSettings } from '../ports/settings.ts'
import type { Session } from '../state/session.ts'
import { readLater } from '../state/session.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import { PendingInput } from '../state/pending-input.ts'

/** What the gate needs from its realm to continue after a pending request. */
export interface GateOwner {
  /** Processes a message whose turn has come. */
  route(session: Session, message: Message): void
  /** Whether a message may go on although earlier publications of its session are not stored yet: it is one that is stored after them. */
  mayFollow(session: Session, message: Message): boolean
  /** Performs a request that was granted in a later turn. */
  perform(session: Session, message: Judged): void
  leave(session: Session): void
}

export class Gate {
  readonly #context: RealmContext
  readonly #judge: Judge
  readonly #owner: GateOwner
  /** In place of what is pending of sessions that are about to be ended. Always empty. */
  readonly #ending: PendingInput

  constructor(context: RealmContext, judge: Judge, owner: GateOwner) {
    this.#context = context
    this.#judge = judge
    this.#owner = owner
    this.#ending = new PendingInput('', context.pendingTotal)
  }

  /** The request to perform now; undefined when it was refused and answered, or is pending. */
  admit<Request extends Judged>(session: Session, message: Request, action: Action, uri: string): Request | undefined {
    if (session.isInternal) return message
    const match = matchOf(message)
    // An overlong URI is refused at once: it is neither compared with rules nor sent to an authorizer procedure.
    const isTooLong = uri.length > this.#context.settings.limits.uriLength
    const verdict = isTooLong ? false : this.#judge.known(session, action, uri, match)
    if (verdict === undefined) return this.#ask(session, message, { action, uri, match })
    return this.#conclude(session, message, { action, uri, match }, verdict)
  }

  /**
   * Queues a message behind a pending request of its session.
   * @throws {ProtocolError} when more is pending than the limit allows
   */
  queue(session: Session, pending: PendingInput, message: Message): void {
    if (pending === this.#ending) return
    if (pending.length === 0 && this.#mayRoute(session, message)) return this.#owner.route(session, message)
    const { limits } = this.#context.settings
    const areMany = pending.length >= limits.pendingRequests
    if (!areMany) {
      const hasRoom = pending.hasRoom(message)
      if (!hasRoom && mayRefuse(session, message)) return this.#refuseToHold(session, message)
      owned(payloadOf(message))
      pending.add(message)
      if (pending.length >= MOST_BEHIND_STORE) readLater(session)
      if (hasRoom && pending.octets <= limits.pendingRequestBytes) return
    }
    const [what, most] = areMany ? ['messages', limits.pendingRequests] : ['octets', limits.pendingRequestBytes]
    const options = 'options' in message ? message.options : undefined
    noteLimit(this.#context, session, [`${what} pending until an authorizer answers`, most], options)
    throw new ProtocolError('too many requests are pending until an authorizer answers', uris.LIMIT_EXCEEDED)
  }

  /** Lets a session that is about to be ended do nothing any more: what is pending of it, and what it sends, is dropped. */
  suspend(session: Session): void {
    session.onVerdict = undefined
    session.pending?.drop()
    session.pending = this.#ending
  }

  #ask<Request extends Judged>(session: Session, message: Request, wish: Wish): Request | undefined {
    if (this.#context.pendingTotal.octets > 0 && !this.#newPending(session).hasRoom(message)) {
      this.#refuseToHold(session, message)
      return undefined
    }
    const trace = traceContextOf(message.options)
    const asked: AskedWish = { ...wish, trace, askedAt: this.#context.witnesses.tracer?.now() }
    const verdict = this.#judge.ask(session, asked, answerTo(session))
    if (verdict !== undefined) return this.#conclude(session, message, wish, verdict)
    owned(payloadOf(message))
    session.onVerdict = (answer) => this.#resume(session, message, asked, answer)
    session.pending = this.#newPending(session)
    session.pending.holdAsked(message)
    return undefined
  }

  #newPending(session: Session): PendingInput {
    return new PendingInput(ownerOf(session), this.#context.pendingTotal)
  }

  /** Too much is pending for all sessions together, or for those of one owner: a request without room is refused, and may be sent again. */
  #refuseToHold(session: Session, message: Judged): void {
    const reached = ['octets pending of all sessions until an authorizer answers', this.#context.pendingTotal.octets] as const
    noteLimit(this.#context, session, reached, message.options)
    noteRefusal(this.#context, session, message, { error: uris.UNAVAILABLE })
    if (wantsAnswer(message)) sendError(session, message, uris.UNAVAILABLE, TOO_MUCH_PENDING)
  }

  #conclude<Request extends Judged>(session: Session, message: Request, wish: Wish, verdict: Verdict | 'failed'): Request | undefined {
    const error = refusalOf(message, this.#mayForce(session, message, verdict) ? FORCE : verdict)
    this.#judge.record(session, wish, error, message.options)
    if (error === undefined) return asGranted(message, verdict)
    this.#refuse(session, message, wish, error)
    return undefined
  }

  /** After a plain yes the authorizer decides whether it includes `force_reregister`. */
  #mayForce(session: Session, message: Judged, verdict: Verdict | 'failed'): boolean {
    if (verdict !== true || message.type !== REGISTER || message.options['force_reregister'] !== true) return false
    return this.#judge.mayForce(session, { action: 'register', uri: message.procedure, match: matchPolicy(message.options) })
  }

  /** The ERROR names action and URI, because the request id alone means nothing to readers of a log. */
  #refuse(session: Session, message: Judged, { action, uri }: Wish, error: string): void {
    noteRefusal(this.#context, session, message, { outcome: 'denied', error })
    if (!wantsAnswer(message)) return
    const fault = faultOf(message, this.#context.settings)
    if (fault !== undefined) sendError(session, message, uris.INVALID_URI, fault)
    else sendError(session, message, error, `${action} ${uri}`)
  }

  /** The authorizer's answer came in a later turn. */
  #resume(session: Session, message: Judged, wish: AskedWish, verdict: Verdict | 'failed'): void {
    session.onVerdict = undefined
    session.pending?.settle()
    this.#goOn(session, () => {
      this.#context.askedAt = wish.askedAt
      try {
        const granted = this.#conclude(session, message, wish, verdict)
        if (granted !== undefined) this.#owner.perform(session, granted)
      } finally {
        this.#context.askedAt = undefined
      }
    })
  }

  /** Continues with what is pending of a session: its publications are stored. */
  goOn(session: Session): void {
    if (session.onVerdict === undefined) this.#goOn(session)
  }

  /** Processes pending messages until a request is pending again. A later turn continues when they are too many for one. */
  #goOn(session: Session, first?: () => void): void {
    const { pending } = session
    if (!session.isMember || pending === undefined || pending === this.#ending) return
    session.pending = undefined
    try {
      first?.()
      this.#routeSome(session, pending)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#owner.leave(session)
      session.link.abort(error)
    }
    if (!session.isMember || session.pending === this.#ending) return pending.drop()
    const asked = session.pending as PendingInput | undefined
    if (pending.length === 0 && (asked !== undefined || session.unstored === undefined)) return
    if (asked !== undefined) pending.takeOver(asked)
    session.pending = pending
    const next = pending.first
    if (next !== undefined && this.#mayGoOn(session, next)) this.#context.scheduler.defer(() => this.goOn(session))
  }

  /** Whether nothing keeps a session's next message: no question, and no publication but such as it may follow. */
  #mayRoute(session: Session, message: Message): boolean {
    if (session.onVerdict !== undefined) return false
    return session.unstored === undefined || this.#owner.mayFollow(session, message)
  }

  /** The same of one that is pending: while its owner has much on its way to the store, it waits until what its session has there is stored. */
  #mayGoOn(session: Session, message: Message): boolean {
    return this.#mayRoute(session, message) && (session.unstored === undefined || this.#context.storeShares.hasRoom(ownerOf(session)))
  }

  #routeSome(session: Session, pending: PendingInput): void {
    for (let routed = 0; routed < MOST_IN_A_TURN && session.pending !== this.#ending && session.isMember; routed++) {
      const next = pending.first
      if (next === undefined || !this.#mayGoOn(session, next)) return
      const message = pending.take() ?? next
      this.#owner.route(session, message)
    }
  }
}

/** A wish about which an authorizer was asked. */
interface AskedWish extends Wish {
  readonly askedAt: number | undefined
}

/** Made apart from the request, which it must not hold: the question outlives a session that leaves. */
function answerTo(session: Session): (verdict: Verdict | 'failed') => void {
  return (verdict) => session.onVerdict?.(verdict)
}

/** Whether a message that is pending may be refused by itself: it begins something, and nothing that came before refers to it. */
function mayRefuse(session: Session, message: Message): message is Judged {
  if (message.type === CALL) return message.options['progress'] !== true && session.streams?.has(message.request) !== true
  return message.type === PUBLISH || message.type === SUBSCRIBE || message.type === REGISTER
}

/** A publication without acknowledgement gets no answer. */
function wantsAnswer(message: Judged): boolean {
  return message.type !== PUBLISH || message.options['acknowledge'] === true
}

function matchOf(message: Judged): MatchPolicy {
  return message.type === SUBSCRIBE || message.type === REGISTER ? matchPolicy(message.options) : 'exact'
}

/** What is wrong with the URI itself. A session without rights may learn it too, since it reveals nothing. */
function faultOf(message: Judged, settings: RealmSettings): string | undefined {
  const uri = message.type === CALL || message.type === REGISTER ? message.procedure : message.topic
  const isOffer = message.type === PUBLISH || message.type === REGISTER
  if (isOffer && isForRouter(uri)) return RESERVED
  return uriFault(uri, matchPolicy(message.options), settings)
}

const FORCE: Grant = { disclose: 'asked', mayForce: true, mayRetain: true }
/** Messages behind publications that are not stored yet, from which on their session is not read. */
const MOST_BEHIND_STORE = 256
/** Pending messages of one session. */
const MOST_IN_A_TURN = 32
const TOO_MUCH_PENDING = 'too much is pending until an authorizer answers; the request was not carried out'
