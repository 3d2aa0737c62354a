// The life of calls: INVOCATION, chunks, results, cancelling, time limits, re-routing, and what happens when callers or callees
// leave. The state tables are in docs/protocol-tables.md. dealer.ts chooses the registration before.

import type { CallMessage, CancelMessage, Dict, ErrorMessage, Payload, YieldMessage } from '@trunkline/protocol'
import {
  CALL,
  EMPTY_DICT,
  INTERRUPT,
  INVOCATION,
  isUri,
  nameOf,
  nextId,
  ProtocolError,
  RESULT,
  uris,
  YIELD,
  owned,
} from '@trunkline/protocol'
import { passError, sendCallError, sendError, sendLimitError, sendNotPerformed } from '../state/answers.ts'
import type { ContractGuard, Passing } from '../state/contract-guard.ts'
import { sendContractFault, sendResultFault } from '../state/contract-guard.ts'
import { callerDetails } from '../state/disclosure.ts'
import { lackingFeature, octetsToRepeat, trustLevelOf, withoutContent } from './call-wishes.ts'
import { chooseAnother, isShared, others } from './invocation-policy.ts'
import { sendUndeliverable, sendUndelivered } from './undelivered.ts'
import { checkPassthru, passthruOf } from '../state/passthru.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Call, CallRequest, CallTimer, CallWishes, Route } from '../state/call.ts'
import type { Callee } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { closeCall, endTiming, newCall, openCall } from '../state/call.ts'
import type { CallOutcome } from '../state/counters.ts'

const MOST_ENDED_AT_ONCE = 1_024 // Some milliseconds of work.
const PROGRESS: Dict = { progress: true }
const KILL: Dict = { mode: 'kill', reason: uris.CANCELED }
const KILL_NO_WAIT: Dict = { mode: 'killnowait', reason: uris.CANCELED }
const TIME_IS_OVER: Dict = { mode: 'killnowait', reason: uris.TIMEOUT }

export class Calls {
  readonly #context: RealmContext
  readonly #contracts: ContractGuard

  constructor(context: RealmContext, contracts: ContractGuard) {
    this.#context = context
    this.#contracts = contracts
  }

  /** Passes a new call to its callee. */
  open(caller: Session, wanted: CallRequest, callee: Callee): void {
    const call = newCall(caller, wanted, callee.session)
    const taker = this.#offer(call, wanted, callee)
    if (taker === undefined) return this.#end(call, 'refused')
    if (this.#context.durations.isOn) this.#context.durations.begin(call, wanted, this.#context)
    if (taker.session.canReroute) call.route = this.#makeRoute(caller, wanted)
    if (wanted.wishes.timeout > 0) this.#startTimer(call, taker, wanted.wishes.timeout)
    wanted.registration.calls++
    this.#context.counters.callsRouted++
  }

  /**
   * Passes a call to a callee or, when that one's queue is full, to another that shares the registration.
   * @param tried callees that are not asked again
   * @returns the callee that took it; undefined when none did, and the caller has its answer
   */
  #offer(call: Call, wanted: CallRequest, callee: Callee, tried?: Set<Session>): Callee | undefined {
    const { registration } = wanted
    let [asked, rest]: [Set<Session> | undefined, Iterator<Callee, undefined> | undefined] = [tried, undefined]
    for (let next: Callee | undefined = callee; next !== undefined;) {
      const outcome = this.#invoke(call, wanted, next)
      if (outcome === 'queued') return next
      if (outcome === 'refused') return undefined
      asked = (asked ?? new Set<Session>()).add(next.session)
      next = isShared(registration) ? (rest ??= others(registration, asked, this.#context.ids)).next().value : undefined
    }
    this.#context.counters.callsRefusedFull++
    sendUndelivered(call.caller, call.request, 'full')
    return undefined
  }

  /** Sends the first INVOCATION to a callee. After `refused` the caller has its answer; after `full` it has none yet. */
  #invoke(call: Call, wanted: CallRequest, callee: Callee): 'queued' | 'refused' | 'full' {
    const { wishes, payload } = wanted
    const { session } = callee
    if (!this.#mayTake(call, session, wishes)) return 'refused'
    const isStrict = this.#context.settings.announcements === 'strict'
    const isAsked = wishes.wantsProgress && session.canProgress && (session.isInterruptible || !isStrict)
    let details = this.#details(call.caller, wanted, callee, isAsked)
    if (wishes.isStream) {
      if (!this.#startStream(call, wanted, details)) return 'refused'
      details = { ...details, ...PROGRESS }
    }
    const invocation = nextId(session.lastInvocation)
    const registration = wanted.registration.id
    const outcome = session.link.send({ type: INVOCATION, request: invocation, registration, details, payload }, true)
    if (outcome === 'full') return 'full'
    if (outcome !== 'queued') {
      sendUndelivered(call.caller, call.request, outcome)
      return 'refused'
    }
    session.lastInvocation = invocation
    call.callee = session
    call.invocation = invocation
    call.wantsProgress = isStrict ? isAsked : wishes.wantsProgress
    openCall(call)
    return 'queued'
  }

  /** Whether a callee has announced the features that the call needs; if not, the caller gets an ERROR. */
  #mayTake({ caller, request }: Call, callee: Session, wishes: CallWishes): boolean {
    const lacking = lackingFeature(callee, wishes)
    if (lacking === undefined) return true
    sendCallError(caller, request, uris.FEATURE_NOT_SUPPORTED, `the callee did not announce ${lacking}`)
    return false
  }

  /**
   * Passes on a CALL that continues a progressive call (specification: "Verification of CALL Request IDs").
   * @throws {ProtocolError} when the caller had sent the last chunk, or names another procedure
   */
  takeChunk(caller: Session, { request, options, procedure, payload }: CallMessage): void {
    const call = caller.calls.get(request)
    const isLast = options['progress'] !== true
    // Under other rules the id stays known: no later request may use it.
    if (isLast && this.#context.settings.requestIds === 'tolerant') caller.streams?.forget(request)
    if (call === undefined || !call.callee.isMember) return void this.#context.counters.lateChunksDropped++
    const { stream } = call
    if (stream === undefined || stream.isComplete) throw new ProtocolError(`CALL ${request} arrived after the last chunk of this call`)
    if (procedure !== stream.procedure) throw new ProtocolError(`CALL ${request} is a chunk of a call of another procedure`)
    const passing = { payload, isEncrypted: passthruOf(options) !== undefined, isLast }
    const fault = call.contract && this.#contracts.refuses(call.contract, 'call', passing, caller)
    if (fault !== undefined) return this.#stop(call, 'refused', () => sendContractFault(caller, { type: CALL, request }, fault))
    this.#settleRoute(call)
    const details = isLast ? stream.details : { ...stream.details, ...PROGRESS }
    const { registration } = stream
    const outcome = call.callee.link.send({ type: INVOCATION, request: call.invocation, registration, details, payload }, true)
    if (outcome === 'queued') {
      stream.isComplete = isLast
      this.#restartTimer(call)
    } else if (outcome !== 'closed') {
      if (outcome === 'full') this.#context.counters.callsRefusedFull++
      // A missing chunk would be a silent loss, so the call ends here. After `closed` it ends when the callee leaves.
      this.#stop(call, 'undelivered', () => sendUndelivered(caller, request, outcome))
    }
  }

  /** Whether a call is still open and its caller's queue may have room for the answer. Ends a call without that room with an ERROR. */
  mayAnswer(callee: Session, invocation: number): boolean {
    const call = callee.invocations.get(invocation)
    if (call === undefined || call.caller.link.takesResults?.() !== false) return call !== undefined
    this.#end(call, 'undelivered')
    this.#context.counters.resultsRefusedFull++
    sendNotPerformed(call.caller, call.request)
    return false
  }

  /** @throws {ProtocolError} when the session never got this invocation, or uses passthru without having announced it */
  yield(callee: Session, { request, options, payload }: YieldMessage): void {
    checkPassthru(callee, 'callee', options, payload)
    const call = this.#openInvocation(callee, request)
    if (call === undefined) return
    const passthru = passthruOf(options)
    const isProgress = options !== EMPTY_DICT && options['progress'] === true
    if (isProgress && !call.wantsProgress) return void this.#context.counters.unaskedProgressDropped++
    if (passthru !== undefined && !call.caller.announced('caller', 'payload_passthru_mode')) return this.#refuseResult(call, isProgress)
    if (this.#breaksContract(call, isProgress, { payload, isEncrypted: passthru !== undefined, isLast: false })) return
    if (isProgress) this.#passProgress(call, passthru === undefined ? PROGRESS : { ...PROGRESS, ...passthru }, payload)
    else this.#passResult(call, passthru ?? EMPTY_DICT, payload)
  }

  /** @throws {ProtocolError} when it answers no invocation, or one that the session never got */
  error(callee: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== INVOCATION) throw new ProtocolError(`ERROR for ${nameOf(requestType)} may not arrive at a router`)
    checkPassthru(callee, 'callee', details, payload)
    const call = this.#openInvocation(callee, request)
    if (call === undefined) return
    if (error === uris.UNAVAILABLE && call.route !== undefined && !call.isKilling) return this.#reroute(call, call.route)
    this.#fail(call, 'error')
    if (isUri(error)) passError(call.caller, { type: CALL, request: call.request }, { error, payload, details: passthruOf(details) })
    else sendCallError(call.caller, call.request, uris.INVALID_URI, 'the callee answered with an error URI that is not valid')
  }

  /** Specification: "Call Canceling". A CANCEL for a call that is not open is ignored: it may be late. */
  cancel(caller: Session, { request, options }: CancelMessage): void {
    const call = caller.calls.get(request)
    if (call === undefined) return
    const mode = call.callee.isInterruptible ? (options['mode'] ?? 'killnowait') : 'skip'
    if (mode === 'kill') {
      this.#interrupt(call, KILL)
      call.isKilling = true
      return
    }
    this.#end(call, 'canceled')
    if (mode === 'killnowait') this.#interrupt(call, KILL_NO_WAIT)
    sendCallError(caller, request, uris.CANCELED)
  }

  /** Ends all calls of a session that leaves; of very many invocations the rest in later turns. */
  leave(session: Session): void {
    this.#endInvocations(session)
    for (const call of session.takeCalls()) {
      this.#end(call, 'caller_left')
      this.#interrupt(call, KILL_NO_WAIT)
    }
  }

  #endInvocations(session: Session): void {
    let ended = 0
    for (const call of session.invocations.values()) {
      if (ended++ === MOST_ENDED_AT_ONCE) return this.#context.scheduler.defer(() => this.#endInvocations(session))
      this.#fail(call, 'callee_left')
      if (call.caller !== session) sendCallError(call.caller, call.request, uris.CANCELED, 'the callee left before it answered')
    }
  }

  /** Ends a call that its callee did not answer as it should. */
  #fail(call: Call, outcome: CallOutcome): void {
    call.registration.errors++
    this.#end(call, outcome)
  }

  #end(call: Call, outcome: CallOutcome): void {
    this.#close(call)
    this.#context.counters.callsEnded[outcome]++
  }

  /** Every call is closed here. Its caller is answered afterwards, if at all. */
  #close(call: Call): void {
    closeCall(call)
    if (call.timing !== undefined) endTiming(call.timing, this.#context.clock.monotonic())
    this.#settleRoute(call)
    if (call.timer !== undefined) this.#context.deadlines.clear(call.timer)
    if (call.stream !== undefined) call.caller.callBudget.giveBack(call.stream.bytes)
  }

  /** Sends at most one INTERRUPT for each call, and none to a callee that has left. */
  #interrupt(call: Call, options: Dict): void {
    const { callee, invocation } = call
    if (callee.isMember && callee.isInterruptible && !call.isKilling) callee.link.send({ type: INTERRUPT, request: invocation, options })
  }

  /** The open call with an invocation id of this session; undefined when it has ended and the answer is late. */
  #openInvocation(callee: Session, invocation: number): Call | undefined {
    const call = callee.invocations.get(invocation)
    if (call !== undefined) return call
    if (invocation > callee.lastInvocation) throw new ProtocolError(`no INVOCATION ${invocation} was ever sent to this session`)
    this.#context.counters.lateAnswersDropped++
    return undefined
  }

  #passProgress(call: Call, details: Dict, payload: Payload | undefined): void {
    this.#settleRoute(call)
    const outcome = call.caller.link.send({ type: RESULT, request: call.request, details, payload }, true)
    if (outcome === 'queued' || outcome === 'closed') return this.#restartTimer(call)
    // A missing result would be a silent loss, so the call ends here.
    this.#stop(call, 'undelivered', () => sendUndeliverable(this.#context.counters, call, outcome))
  }

  /** Ends a call before its callee is done, and answers its caller. */
  #stop(call: Call, outcome: CallOutcome, answer: () => void): void {
    this.#end(call, outcome)
    this.#interrupt(call, KILL_NO_WAIT)
    answer()
  }

  /** Whether a result is refused; then its call has ended. */
  #breaksContract(call: Call, isProgress: boolean, passing: Passing): boolean {
    if (call.contract === undefined) return false
    const fault = this.#contracts.refuses(call.contract, isProgress ? 'progress' : 'result', passing, call.callee)
    if (fault === undefined) return false
    this.#fail(call, 'refused')
    if (isProgress) this.#interrupt(call, KILL_NO_WAIT)
    sendResultFault(call.caller, call.request, fault)
    return true
  }

  #passResult(call: Call, details: Dict, payload: Payload | undefined): void {
    const { counters } = this.#context
    this.#close(call)
    const outcome = call.caller.link.send({ type: RESULT, request: call.request, details, payload }, true)
    if (outcome === 'queued' || outcome === 'closed') counters.callsEnded.result++
    else {
      counters.callsEnded.undelivered++
      sendUndeliverable(counters, call, outcome)
    }
  }

  /** Answers both caller and callee, so that neither waits (specification: "Payload Passthru Mode"). */
  #refuseResult(call: Call, isProgress: boolean): void {
    this.#end(call, 'refused')
    if (isProgress) this.#interrupt(call, KILL_NO_WAIT)
    sendError(
      call.callee,
      { type: YIELD, request: call.invocation },
      uris.FEATURE_NOT_SUPPORTED,
      'the caller did not announce payload passthru',
    )
    sendCallError(
      call.caller,
      call.request,
      uris.FEATURE_NOT_SUPPORTED,
      'the callee answered with payload passthru, which you did not announce',
    )
  }

  #details(caller: Session, { registration, procedure, wishes }: CallRequest, callee: Callee, isAsked: boolean): Dict {
    const isDisclosed = wishes.isDisclosed || callee.wantsCaller
    const timeout = callee.keepsTime ? wishes.timeout : 0
    const trustLevel = trustLevelOf(this.#context.settings.trust, caller, callee.session, procedure)
    const isPattern = registration.match !== 'exact'
    if (!isPattern && !isAsked && !isDisclosed && timeout === 0 && trustLevel === undefined && wishes.passthru === undefined) {
      return EMPTY_DICT
    }
    return {
      ...(isPattern ? { procedure } : undefined),
      ...(isAsked ? { receive_progress: true } : undefined),
      ...(timeout === 0 ? undefined : { timeout }),
      ...(isDisclosed ? callerDetails(caller) : undefined),
      ...(trustLevel === undefined ? undefined : { trustlevel: trustLevel }),
      ...wishes.passthru,
    }
  }

  /** Stores what all chunks share. False when that exceeds the limit; then the caller gets an ERROR. */
  #startStream(call: Call, { registration, procedure }: CallRequest, details: Dict): boolean {
    const { caller, request } = call
    let bytes = 0
    for (const value of Object.values(details)) if (typeof value === 'string') bytes += value.length
    const { callBytes } = this.#context.settings.limits
    if (call.stream !== undefined) caller.callBudget.giveBack(call.stream.bytes)
    const hasRoom = caller.callBudget.fits(bytes, callBytes)
    caller.callBudget.take(bytes)
    call.stream = { procedure, registration: registration.id, details, bytes, isComplete: false }
    if (hasRoom) return true
    sendLimitError(caller, { type: CALL, request }, 'octets kept with open calls', callBytes)
    return false
  }

  // Time limits (specification: "Call Timeouts").

  #startTimer(call: Call, callee: Callee, milliseconds: number): void {
    const timer: CallTimer = { milliseconds, at: 0, place: -1, expire: () => this.#expire(call) }
    call.timer = timer
    if (!callee.keepsTime) this.#context.deadlines.set(timer, this.#context.clock.monotonic() + milliseconds)
  }

  #restartTimer({ timer }: Call): void {
    if (timer === undefined || timer.place === -1) return
    this.#context.deadlines.set(timer, this.#context.clock.monotonic() + timer.milliseconds)
  }

  #expire(call: Call): void {
    this.#context.counters.callsTimedOut++
    this.#fail(call, 'timed_out')
    this.#interrupt(call, TIME_IS_OVER)
    sendCallError(call.caller, call.request, uris.TIMEOUT)
  }

  // Re-routing (specification: "Call Re-Routing").

  /** Of a call that cannot be repeated nothing is kept that its caller chose. */
  #makeRoute(caller: Session, wanted: CallRequest): Route {
    const { registration } = wanted
    const bytes = octetsToRepeat(wanted)
    const canRepeat = isShared(registration) && caller.callBudget.fitsToRepeat(bytes, this.#context.settings.limits.callBytes)
    const call = canRepeat ? { ...wanted, payload: owned(wanted.payload), bytes } : { ...withoutContent(wanted), bytes: 0 }
    caller.callBudget.take(call.bytes)
    return { ...call, canRepeat, tried: new Set() }
  }

  /** No re-routing after the first message in either direction. */
  #settleRoute(call: Call): void {
    if (call.route === undefined) return
    call.caller.callBudget.giveBack(call.route.bytes)
    call.route = undefined
  }

  #reroute(call: Call, route: Route): void {
    const { tried } = route
    tried.add(call.callee)
    const callee = route.canRepeat ? chooseAnother(route.registration, tried, this.#context.ids) : undefined
    if (callee === undefined) {
      this.#fail(call, 'undelivered')
      return sendCallError(call.caller, call.request, uris.NO_AVAILABLE_CALLEE, 'no callee of the procedure was available')
    }
    closeCall(call)
    const taker = this.#offer(call, route, callee, tried)
    if (taker === undefined) return this.#end(call, 'undelivered')
    if (!taker.session.canReroute) this.#settleRoute(call)
    if (call.timer !== undefined) this.#moveTimer(call.timer, taker)
    this.#context.counters.callsRerouted++
  }

  /** Continues the time limit with the new callee, which may enforce it itself or leave it to the router. */
  #moveTimer(timer: CallTimer, callee: Callee): void {
    const { deadlines, clock } = this.#context
    if (callee.keepsTime) deadlines.clear(timer)
    else if (timer.place === -1) deadlines.set(timer, clock.monotonic() + timer.milliseconds)
  }
}
