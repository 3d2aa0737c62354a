// The life of calls: INVOCATION, chunks, results, cancelling, re-routing, and what happens when callers or callees leave. The state
// tables are in docs/protocol-tables.md. dealer.ts chooses the registration before.

import type { CallMessage, CancelMessage, Dict, ErrorMessage, InvocationMessage, Payload, YieldMessage } from '@trunkline/protocol'
import { CALL, EMPTY_DICT, INVOCATION, isUri, nameOf, nextId, ProtocolError, RESULT, uris, YIELD } from '@trunkline/protocol'
import { passError, sendCallError, sendError, sendLimitError, sendNotPerformed } from '../state/answers.ts'
import type { ContractGuard, Passing } from '../state/contract-guard.ts'
import { sendContractFault, sendResultFault } from '../state/contract-guard.ts'
import type { AwaitedCalls } from './awaited-calls.ts'
import { CallEnds, KILL_NO_WAIT } from './call-ends.ts'
import { CallTimers } from './call-timers.ts'
import { invocationDetails, lackingFeature } from './call-wishes.ts'
import { ForeignCalls } from './foreign-calls.ts'
import { CALLEE_LEFT, LeavingCalls } from './leaving-calls.ts'
import type { CameBack } from './invocation-policy.ts'
import { chooseAnother, chooseOther, isShared, others } from './invocation-policy.ts'
import type { RegistrationTable } from './registration-table.ts'
import type { Successors } from './successors.ts'
import { keptElsewhere, makeRoute, noteTried, settleRoute, unavailableFor } from './rerouting.ts'
import { tracedRequest } from '../state/refusals.ts'
import type { Bounce, Failure } from './undelivered.ts'
import { sendBounced, sendUndeliverable, sendUndelivered } from './undelivered.ts'
import { checkPassthru, passthruOf } from '../state/passthru.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Call, CallRequest, CallWishes, Route } from '../state/call.ts'
import type { Callee, Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { closeCall, newCall, openCall } from '../state/call.ts'
import type { Link, SendOutcome } from '../ports/link.ts'
import type { Tracer } from '../ports/tracer.ts'
import type { OnCallEnd } from '../ports/witness.ts'

const PROGRESS: Dict = { progress: true }
const KILL: Dict = { mode: 'kill', reason: uris.CANCELED }
const CALLER_LACKS_PASSTHRU = 'the caller did not announce payload passthru'
const YOU_LACK_PASSTHRU = 'the callee answered with payload passthru, which you did not announce'

/** Whom calls may go to. */
export interface CallTargets {
  readonly table: Pick<RegistrationTable, 'match'>
  readonly successors: Pick<Successors, 'of'>
  readonly awaited: Pick<AwaitedCalls, 'idFor'>
}

export class Calls {
  readonly #context: RealmContext
  readonly #contracts: ContractGuard
  readonly #table: Pick<RegistrationTable, 'match'>
  readonly #successors: Pick<Successors, 'of'>
  readonly #awaited: Pick<AwaitedCalls, 'idFor'>
  readonly #ends: CallEnds
  readonly #timers: CallTimers
  /** Calls of other nodes to callees of this one. */
  readonly foreign: ForeignCalls
  readonly leaving: LeavingCalls

  constructor(context: RealmContext, contracts: ContractGuard, { table, successors, awaited }: CallTargets) {
    this.#context = context
    this.#contracts = contracts
    this.#table = table
    this.#successors = successors
    this.#awaited = awaited
    this.#ends = new CallEnds(context)
    this.#timers = new CallTimers(context, this.#ends)
    this.foreign = new ForeignCalls(context, this.#ends, awaited)
    this.leaving = new LeavingCalls(context, this.#ends)
  }

  /** Passes a new call to its callee. */
  open(caller: Session, request: CallRequest, callee: Callee): void {
    const call = newCall(caller, request, callee.session)
    const { traffic, tracer } = this.#context.witnesses
    const wanted = tracer === undefined ? request : this.#traced(request, call, tracer)
    if (traffic !== undefined) call.onEnd = both(call.onEnd, traffic.called(this.#context.name, call, wanted))
    const taker = this.#offer(call, wanted, callee)
    if (taker === undefined) return this.#ends.end(call, 'refused')
    if (this.#context.durations.isOn) this.#context.durations.begin(call, wanted, this.#context)
    if (taker.session.canReroute) call.route = makeRoute(call, wanted, this.#context.settings.limits.callBytes)
    if (wanted.wishes.timeout > 0) this.#timers.start(call, taker, wanted.wishes.timeout)
    wanted.registration.calls++
    this.#context.counters.callsRouted++
  }

  /** The call with the context of its span, if the tracer makes one. */
  #traced(wanted: CallRequest, call: Call, tracer: Tracer): CallRequest {
    const { procedure, wishes } = wanted
    const traced = tracer.called(tracedRequest(this.#context, call.caller, { kind: 'call', uri: procedure }, wishes.trace), call)
    if (traced === undefined) return wanted
    call.onEnd = traced.onEnd
    return { ...wanted, wishes: { ...wishes, trace: traced.trace } }
  }

  /**
   * Passes a call to a callee or, when that one's queue is full, to another that shares the registration.
   * @param tried callees that are not asked again
   * @returns the callee that took it; undefined when none did, and the caller has its answer
   */
  #offer(call: Call, wanted: CallRequest, callee: Callee, tried?: ReadonlySet<Session>): Callee | undefined {
    const { registration } = wanted
    let [asked, rest]: [Set<Session> | undefined, Iterator<Callee, undefined> | undefined] = [undefined, undefined]
    for (let next: Callee | undefined = callee; next !== undefined;) {
      const outcome = this.#invoke(call, wanted, next)
      if (outcome === 'queued') {
        call.elsewhere = mayComeBack(next) ? keptElsewhere(call, wanted, asked ?? tried) : undefined
        return next
      }
      if (outcome === 'refused') return undefined
      asked = (asked ?? new Set(tried)).add(next.session)
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
    let details = invocationDetails(call.caller, wanted, callee, { isAsked, trust: this.#context.settings.trust })
    if (wishes.isStream) {
      if (!this.#startStream(call, wanted, details)) return 'refused'
      details = { ...details, ...PROGRESS }
    }
    const registration = wanted.registration.id
    const awaited = callee.isPending ? this.#awaited.idFor(session, registration) : undefined
    const invocation = awaited ?? nextId(session.numbering.lastInvocation)
    const message: InvocationMessage = { type: INVOCATION, request: invocation, registration, details, payload }
    const outcome = callee.node === undefined ? session.link.send(message, true) : sendElsewhere(session.link, message, call.caller)
    if (outcome === 'full') return 'full'
    if (outcome !== 'queued') {
      sendUndelivered(call.caller, call.request, outcome)
      return 'refused'
    }
    if (awaited === undefined) session.numbering.lastInvocation = invocation
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
    const passing = { payload, options, isEncrypted: passthruOf(options) !== undefined, isLast }
    const fault = call.contract && this.#contracts.refuses(call.contract, 'call', passing, caller)
    if (fault !== undefined) return this.#ends.stop(call, 'refused', () => sendContractFault(caller, { type: CALL, request }, fault))
    settleRoute(call)
    call.elsewhere = undefined // What came before could not be sent again.
    const details = isLast ? stream.details : { ...stream.details, ...PROGRESS }
    const { registration } = stream
    const chunk: InvocationMessage = { type: INVOCATION, request: call.invocation, registration, details, payload }
    const outcome = call.callee.link.send(chunk, true, caller)
    if (outcome === 'queued') {
      stream.isComplete = isLast
      this.#timers.restart(call)
    } else if (outcome !== 'closed') {
      if (outcome === 'full') this.#context.counters.callsRefusedFull++
      // A missing chunk would be a silent loss, so the call ends here. After `closed` it ends when the callee leaves.
      this.#ends.stop(call, 'undelivered', () => sendUndelivered(caller, request, outcome))
    }
  }

  /** Whether a call is still open and its caller's queue may have room for the answer. Ends a call without that room with an ERROR. */
  mayAnswer(callee: Session, invocation: number): boolean {
    const call = callee.invocations.get(invocation)
    if (call === undefined || call.caller.link.takesResults?.() !== false) return call !== undefined
    this.#ends.end(call, 'undelivered')
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
    if (passthru !== undefined && !(call.foreign ?? call.caller).takesPassthru)
      return this.#refuseResult(call, isProgress ? { ...PROGRESS, ...passthru } : passthru, payload)
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
    this.#ends.fail(call, 'error', { error, payload })
    if (isUri(error))
      passError(
        call.caller,
        { type: CALL, request: call.request },
        { error, payload, details: passthruOf(details), owner: call.foreign?.owner },
      )
    else sendCallError(call.caller, call.request, uris.INVALID_URI, 'the callee answered with an error URI that is not valid')
  }

  /** Specification: "Call Canceling". A CANCEL for a call that is not open is ignored: it may be late. */
  cancel(caller: Session, { request, options }: CancelMessage): void {
    const call = caller.calls.get(request)
    if (call === undefined) return
    const mode = call.callee.isInterruptible ? (options['mode'] ?? 'killnowait') : 'skip'
    if (mode === 'kill') {
      this.#ends.interrupt(call, KILL)
      call.isKilling = true
      return
    }
    this.#ends.end(call, 'canceled')
    if (mode === 'killnowait') this.#ends.interrupt(call, KILL_NO_WAIT)
    sendCallError(caller, request, uris.CANCELED)
  }

  /** The open call with an invocation id of this session; undefined when it has ended and the answer is late. */
  #openInvocation(callee: Session, invocation: number): Call | undefined {
    const call = callee.invocations.get(invocation)
    if (call !== undefined) return call
    if (invocation > callee.numbering.lastInvocation) throw new ProtocolError(`no INVOCATION ${invocation} was ever sent to this session`)
    this.#context.counters.lateAnswersDropped++
    return undefined
  }

  #passProgress(call: Call, details: Dict, payload: Payload | undefined): void {
    settleRoute(call)
    const outcome = sendResult(call, details, payload)
    if (outcome === 'queued' || outcome === 'closed') return this.#timers.restart(call)
    // A missing result would be a silent loss, so the call ends here.
    this.#ends.stop(call, 'undelivered', () => sendUndeliverable(this.#context.counters, call, outcome))
  }

  /** Whether a result is refused; then its call has ended. */
  #breaksContract(call: Call, isProgress: boolean, passing: Passing): boolean {
    if (call.contract === undefined) return false
    const fault = this.#contracts.refuses(call.contract, isProgress ? 'progress' : 'result', passing, call.callee)
    if (fault === undefined) return false
    this.#ends.fail(call, 'refused')
    if (isProgress) this.#ends.interrupt(call, KILL_NO_WAIT)
    sendResultFault(call.caller, call.request, fault)
    return true
  }

  #passResult(call: Call, details: Dict, payload: Payload | undefined): void {
    const { counters } = this.#context
    this.#ends.close(call)
    const outcome = sendResult(call, details, payload)
    if (outcome === 'queued' || outcome === 'closed') return this.#ends.count(call, 'result', call.onEnd && { payload })
    this.#ends.count(call, 'undelivered')
    sendUndeliverable(counters, call, outcome)
  }

  /** Answers both caller and callee, so that neither waits (specification: "Payload Passthru Mode"). */
  #refuseResult(call: Call, details: Dict, payload: Payload | undefined): void {
    this.#ends.end(call, 'refused')
    if (details['progress'] === true) this.#ends.interrupt(call, KILL_NO_WAIT)
    sendError(call.callee, { type: YIELD, request: call.invocation }, uris.FEATURE_NOT_SUPPORTED, CALLER_LACKS_PASSTHRU)
    // The node of the caller refuses it alike, and answers the caller.
    const isPassedOn = call.foreign !== undefined && sendResult(call, details, payload) !== 'full'
    if (!isPassedOn) sendCallError(call.caller, call.request, uris.FEATURE_NOT_SUPPORTED, YOU_LACK_PASSTHRU)
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

  /** Specification: "Call Re-Routing". */
  #reroute(call: Call, route: Route): void {
    const { wanted } = route
    const mayRepeat = wanted !== undefined && noteTried(call, route)
    const callee = mayRepeat ? chooseAnother(wanted.registration, route.tried, this.#context.ids) : undefined
    if (callee === undefined || wanted === undefined) {
      this.#ends.fail(call, 'undelivered')
      return sendCallError(call.caller, call.request, uris.NO_AVAILABLE_CALLEE, 'no callee of the procedure was available')
    }
    if (this.#passOn(call, wanted, callee, route.tried)) this.#context.counters.callsRerouted++
  }

  /** A callee of another node has left before it answered. */
  calleeLeft(callee: Session, invocation: number): void {
    const call = callee.invocations.get(invocation)
    if (call === undefined) return // It has ended meanwhile.
    this.#ends.fail(call, 'callee_left')
    sendCallError(call.caller, call.request, uris.CANCELED, CALLEE_LEFT)
  }

  /** A call comes back whose callee did not get it: another callee gets it, since it was not carried out anywhere. */
  bounced(callee: Session, invocation: number, payload: Payload | undefined, why: Bounce): void {
    const call = callee.invocations.get(invocation)
    if (call === undefined) return // It has ended meanwhile.
    const { elsewhere, route } = call
    if (call.foreign !== undefined) return this.foreign.giveBack(call, payload)
    if (call.isKilling) {
      this.#ends.end(call, 'canceled')
      return sendCallError(call.caller, call.request, uris.CANCELED)
    }
    const tried = new Set(elsewhere?.tried ?? route?.tried).add(callee)
    const other = elsewhere && this.#otherFor(call.registration, elsewhere.wanted, { tried, key: elsewhere.wanted.key, why })
    if (elsewhere === undefined || other === undefined) {
      this.#ends.end(call, 'undelivered')
      if (why === 'full') this.#context.counters.callsRefusedFull++
      return sendBounced(call.caller, call.request, why)
    }
    const [registration, next] = other
    call.registration = registration
    this.#passOn(call, { ...elsewhere.wanted, registration, payload }, next, tried)
  }

  /** Another callee for a call that came back; where those of its registration are gone, the one that is about to take their place. */
  #otherFor(before: Registration, { procedure }: CallRequest, call: CameBack): readonly [Registration, Callee] | undefined {
    const matched = this.#table.match(procedure)
    const found = matched && chooseOther(matched, call, this.#context.ids)
    const isSame = matched?.id === before.id
    const coming = call.why === 'full' || (isSame && found !== undefined) ? undefined : this.#successors.of(before.id, call.tried)
    if (coming !== undefined) return [before, coming]
    return matched && found && [matched, found]
  }

  /** A call that has waited for its callee gets the next of its ids, which is returned; undefined where it has ended. */
  numbered(callee: Session, awaited: number): number | undefined {
    const call = callee.invocations.get(awaited)
    if (call === undefined) return undefined
    callee.removeInvocation(call)
    call.invocation = callee.lastInvocation = nextId(callee.lastInvocation)
    callee.addInvocation(call)
    return call.invocation
  }

  /** The first message of a call, or a further one, waited for its callee, which cannot take it. */
  undelivered(callee: Session, { request }: InvocationMessage, outcome: Failure, isFirst: boolean): void {
    const call = callee.invocations.get(request)
    if (call === undefined) return // It has ended meanwhile.
    if (outcome === 'full') this.#context.counters.callsRefusedFull++
    if (isFirst) callee.lastInvocation = request - 1 // It was not used.
    if (isFirst) this.#ends.end(call, 'undelivered')
    else this.#ends.stop(call, 'undelivered', () => {})
    sendUndelivered(call.caller, call.request, outcome)
  }

  /** Passes an open call to another callee. False where none took it, and the call has ended. */
  #passOn(call: Call, wanted: CallRequest, callee: Callee, tried: ReadonlySet<Session> | undefined): boolean {
    closeCall(call)
    const unavailable = unavailableFor(call)
    const taker = this.#offer(call, wanted, callee, tried)
    if (taker === undefined) {
      this.#ends.end(call, 'undelivered')
      return false
    }
    if (!taker.session.canReroute) settleRoute(call)
    else call.route ??= makeRoute(call, wanted, this.#context.settings.limits.callBytes, unavailable)
    if (call.timer !== undefined) this.#timers.move(call.timer, taker)
    return true
  }
}

/** Whether a callee may give a call back that it has taken: where that is not certain before its node, or REGISTERED, is reached. */
function mayComeBack({ node, isPending }: Callee): boolean {
  return node !== undefined || isPending
}

/** Sends the first INVOCATION of a call to another node. */
function sendElsewhere(link: Link, message: InvocationMessage, caller: Session): SendOutcome {
  return link.invoke === undefined ? link.send(message, true) : link.invoke(message, caller)
}

function sendResult({ caller, request, foreign }: Call, details: Dict, payload: Payload | undefined): SendOutcome {
  return caller.link.send({ type: RESULT, request, details, payload }, true, foreign?.owner)
}

/** Called one after the other at the end of a call. */
function both(first: OnCallEnd | undefined, second: OnCallEnd | undefined): OnCallEnd | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return (...end) => {
    first(...end)
    second(...end)
  }
}
