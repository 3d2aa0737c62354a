// Registrations and calls: CALL to INVOCATION, YIELD and ERROR to the caller, cancelling, and what happens when
// callers or callees leave. Who may do it was judged before (realm.ts).

import type {
  CallMessage,
  CancelMessage,
  Dict,
  ErrorMessage,
  Payload,
  RegisterMessage,
  UnregisterMessage,
  YieldMessage,
} from '@trunkline/protocol'
import {
  CALL,
  EMPTY_DICT,
  INTERRUPT,
  INVOCATION,
  isUri,
  matchPolicy,
  nameOf,
  nextId,
  ProtocolError,
  REGISTER,
  REGISTERED,
  RESULT,
  UNREGISTER,
  UNREGISTERED,
  uris,
} from '@trunkline/protocol'
import { passError, sendError, sendLimitError } from './answers.ts'
import type { Call, Callee, Registration, Session } from './tables.ts'
import { closeCall, openCall } from './tables.ts'
import { callerDetails } from './disclosure.ts'
import { chooseCallee, invocationPolicy, removeCallee } from './invocation-policy.ts'
import type { MetaEvents } from './meta-events.ts'
import { PatternIndex } from './pattern-index.ts'
import type { RealmContext } from './realm-context.ts'
import { isForRouter, RESERVED, uriFault } from './uri-check.ts'

const PROGRESS: Dict = { progress: true }
const KILL: Dict = { mode: 'kill', reason: uris.CANCELED }
const KILL_NO_WAIT: Dict = { mode: 'killnowait', reason: uris.CANCELED }

export class Dealer {
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #index = new PatternIndex<Registration>()
  readonly #byId = new Map<number, Registration>()
  #isDraining = false

  constructor(context: RealmContext, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
  }

  /** The registrations, by id; for the meta API and for tests. */
  get registrations(): ReadonlyMap<number, Registration> {
    return this.#byId
  }

  get index(): Pick<PatternIndex<Registration>, 'get' | 'size'> {
    return this.#index
  }

  register(session: Session, { request, options, procedure }: RegisterMessage): void {
    const { settings, counters } = this.#context
    const match = matchPolicy(options)
    const invoke = invocationPolicy(options['invoke'])
    const fault = uriFault(procedure, match, settings)
    if (fault !== undefined) return sendError(session, REGISTER, request, uris.INVALID_URI, fault)
    if (isForRouter(procedure) && !session.isInternal) return sendError(session, REGISTER, request, uris.INVALID_URI, RESERVED)
    if (options['disclose_caller'] === true && !settings.allowsDisclosure && !session.isInternal) {
      return sendError(session, REGISTER, request, uris.OPTION_NOT_ALLOWED)
    }
    const existing = this.#index.get(match, procedure)
    if (existing !== undefined && (existing.invoke === 'single' || existing.invoke !== invoke)) {
      const text = existing.invoke === invoke ? undefined : `registered with invoke '${existing.invoke}'`
      return sendError(session, REGISTER, request, uris.PROCEDURE_ALREADY_EXISTS, text)
    }
    if (existing !== undefined && session.registrations.has(existing.id)) {
      session.link.send({ type: REGISTERED, request, registration: existing.id })
      return
    }
    if (session.registrations.size >= settings.limits.registrations && !session.isInternal) {
      counters.limitsHit++
      return sendLimitError(session, REGISTER, request, 'registrations', settings.limits.registrations)
    }
    const registration = existing ?? this.#create(procedure, match, invoke)
    registration.callees.push({ session, wantsCaller: options['disclose_caller'] === true })
    session.addRegistration(registration)
    session.link.send({ type: REGISTERED, request, registration: registration.id })
    if (existing === undefined) this.#meta.registrationCreated(session, registration)
    this.#meta.registered(session, registration)
  }

  unregister(session: Session, { request, registration: id }: UnregisterMessage): void {
    const registration = session.registrations.get(id)
    if (registration === undefined) return sendError(session, UNREGISTER, request, uris.NO_SUCH_REGISTRATION)
    session.link.send({ type: UNREGISTERED, request, details: undefined })
    this.#detach(session, registration)
  }

  /** From now on no call is taken; those under way go on. */
  drain(): void {
    this.#isDraining = true
  }

  /**
   * Takes a callee out of a registration, by the will of the router; its open invocations go on (specification:
   * "Registration Revocation").
   * @param reason told to a callee that announced the feature; another learns it only by meta event
   * @returns whether it was a callee of that registration
   */
  revoke(session: Session, registration: Registration, reason: string): boolean {
    if (session.registrations.get(registration.id) !== registration) return false
    if (session.announced('callee', 'registration_revocation')) {
      session.link.send({ type: UNREGISTERED, request: 0, details: { registration: registration.id, reason } })
    }
    this.#detach(session, registration)
    return true
  }

  /** The registration to which a call would go. */
  match(procedure: string): Registration | undefined {
    // `wamp.` procedures are the router's own: no pattern of a client may catch a call to one.
    return isForRouter(procedure) ? this.#index.exact(procedure) : this.#index.best(procedure)
  }

  /**
   * To be asked before anything answers the call: an answer could not be told from that of the open one.
   * @throws {ProtocolError} when the request id is that of an open call
   */
  checkRequestId(caller: Session, { request }: CallMessage): void {
    if (caller.calls.has(request)) throw new ProtocolError(`CALL has the request id ${request} of an open call`)
  }

  call(caller: Session, message: CallMessage): void {
    const { request, options, procedure } = message
    const { settings, counters } = this.#context
    if (this.#isDraining) {
      counters.callsRefusedDraining++
      return sendError(caller, CALL, request, uris.DRAINING, 'the router is about to stop; the call was not passed on')
    }
    const registration = this.match(procedure)
    if (registration === undefined) return this.#answerUnmatched(caller, request, procedure)
    if (registration.match !== 'exact') {
      // A pattern matches strings; only what is stored as exact is known to be a URI.
      const fault = uriFault(procedure, 'exact', settings)
      if (fault !== undefined) return sendError(caller, CALL, request, uris.INVALID_URI, fault)
    }
    const isDisclosed = options['disclose_me'] === true
    if (isDisclosed && !settings.allowsDisclosure) return sendError(caller, CALL, request, uris.DISCLOSE_ME_DISALLOWED)
    if (caller.calls.size >= settings.limits.pendingCalls) {
      counters.limitsHit++
      return sendLimitError(caller, CALL, request, 'pending calls', settings.limits.pendingCalls)
    }
    // Chosen last: a call that is refused uses up nobody's turn.
    const callee = chooseCallee(registration, this.#context.ids)
    if (callee === undefined) return this.#answerUnmatched(caller, request, procedure)
    this.#invoke(caller, message, registration, callee, isDisclosed)
  }

  #invoke(caller: Session, message: CallMessage, registration: Registration, callee: Callee, isDisclosed: boolean): void {
    const { request, options, procedure, payload } = message
    const { session } = callee
    const wantsProgress = options['receive_progress'] === true && session.canProgress
    const invocation = nextId(session.lastInvocation)
    const details =
      registration.match === 'exact' && !wantsProgress && !isDisclosed && !callee.wantsCaller
        ? EMPTY_DICT
        : invocationDetails(caller, registration, procedure, wantsProgress, isDisclosed || callee.wantsCaller)
    const outcome = session.link.send({ type: INVOCATION, request: invocation, registration: registration.id, details, payload })
    switch (outcome) {
      case 'queued': {
        session.lastInvocation = invocation
        openCall({ caller, request, callee: session, invocation, wantsProgress, isKilling: false })
        this.#context.counters.callsRouted++
        return
      }
      case 'unencodable':
        return sendError(caller, CALL, request, uris.INVALID_ARGUMENT, "the callee's serializer cannot hold a value of the call")
      case 'too_large':
        return sendError(caller, CALL, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the call is larger than the callee accepts')
      case 'closed':
        return sendError(caller, CALL, request, uris.CANCELED, 'the callee is leaving; the call did not reach it')
    }
  }

  /** @throws {ProtocolError} when the invocation was never issued to this session */
  yield(callee: Session, { request, options, payload }: YieldMessage): void {
    const call = this.#openInvocation(callee, request)
    if (call === undefined) return
    if (options['progress'] === true) this.#passProgress(call, payload)
    else {
      closeCall(call)
      this.#passResult(call, EMPTY_DICT, payload)
    }
  }

  /** @throws {ProtocolError} when it answers no invocation, or one that was never issued to this session */
  error(callee: Session, { requestType, request, error, payload }: ErrorMessage): void {
    if (requestType !== INVOCATION) throw new ProtocolError(`ERROR for ${nameOf(requestType)} may not arrive at a router`)
    const call = this.#openInvocation(callee, request)
    if (call === undefined) return
    closeCall(call)
    if (isUri(error)) passError(call.caller, CALL, call.request, error, payload)
    else sendError(call.caller, CALL, call.request, uris.INVALID_URI, 'the callee answered with an error URI that is not valid')
  }

  /** Specification: "Call Canceling". A CANCEL for a call that is not open is ignored: it may be late. */
  cancel(caller: Session, { request, options }: CancelMessage): void {
    const call = caller.calls.get(request)
    if (call === undefined) return
    const mode = call.callee.isInterruptible ? (options['mode'] ?? 'killnowait') : 'skip'
    if (mode === 'kill') {
      if (!call.isKilling) call.callee.link.send({ type: INTERRUPT, request: call.invocation, options: KILL })
      call.isKilling = true
      return
    }
    if (mode === 'killnowait' && !call.isKilling)
      call.callee.link.send({ type: INTERRUPT, request: call.invocation, options: KILL_NO_WAIT })
    closeCall(call)
    sendError(caller, CALL, request, uris.CANCELED)
  }

  /** Takes a session that leaves out of everything: its registrations first, so that a call made again cannot reach it. */
  leave(session: Session): void {
    for (const registration of session.registrations.values()) this.#detach(session, registration)
    for (const call of session.invocations.values()) {
      closeCall(call)
      if (call.caller !== session) sendError(call.caller, CALL, call.request, uris.CANCELED, 'the callee left before it answered')
    }
    for (const call of session.calls.values()) {
      closeCall(call)
      if (call.callee.isInterruptible && !call.isKilling) {
        call.callee.link.send({ type: INTERRUPT, request: call.invocation, options: KILL_NO_WAIT })
      }
    }
  }

  #create(procedure: string, match: Registration['match'], invoke: Registration['invoke']): Registration {
    const { ids, clock } = this.#context
    const registration: Registration = { id: ids.sequential(), uri: procedure, match, invoke, created: clock.now(), callees: [], next: 0 }
    this.#index.set(match, procedure, registration)
    this.#byId.set(registration.id, registration)
    return registration
  }

  #detach(session: Session, registration: Registration): void {
    removeCallee(
      registration,
      registration.callees.findIndex((callee) => callee.session === session),
    )
    session.removeRegistration(registration)
    const isLast = registration.callees.length === 0
    if (isLast) {
      this.#index.delete(registration.match, registration.uri)
      this.#byId.delete(registration.id)
    }
    this.#meta.unregistered(session, registration)
    if (isLast) this.#meta.registrationDeleted(session, registration)
  }

  #answerUnmatched(caller: Session, request: number, procedure: string): void {
    const fault = uriFault(procedure, 'exact', this.#context.settings)
    if (fault !== undefined) sendError(caller, CALL, request, uris.INVALID_URI, fault)
    else sendError(caller, CALL, request, uris.NO_SUCH_PROCEDURE, `no callee has registered a procedure that matches '${procedure}'`)
  }

  /** The call behind an invocation id of this very session; undefined when it has ended and the answer is late. */
  #openInvocation(callee: Session, invocation: number): Call | undefined {
    const call = callee.invocations.get(invocation)
    if (call !== undefined) return call
    if (invocation > callee.lastInvocation) throw new ProtocolError(`no INVOCATION ${invocation} was ever sent to this session`)
    this.#context.counters.lateAnswersDropped++
    return undefined
  }

  #passProgress(call: Call, payload: Payload | undefined): void {
    if (!call.wantsProgress) {
      this.#context.counters.unaskedProgressDropped++
      return
    }
    const outcome = call.caller.link.send({ type: RESULT, request: call.request, details: PROGRESS, payload })
    if (outcome !== 'unencodable' && outcome !== 'too_large') return
    // A hole in the results would be a silent loss: the call ends here instead.
    closeCall(call)
    if (call.callee.isInterruptible) call.callee.link.send({ type: INTERRUPT, request: call.invocation, options: KILL_NO_WAIT })
    this.#answerUndeliverable(call, outcome)
  }

  #passResult(call: Call, details: Dict, payload: Payload | undefined): void {
    const outcome = call.caller.link.send({ type: RESULT, request: call.request, details, payload })
    if (outcome === 'unencodable' || outcome === 'too_large') this.#answerUndeliverable(call, outcome)
  }

  #answerUndeliverable({ caller, request }: Call, outcome: 'unencodable' | 'too_large'): void {
    if (outcome === 'unencodable')
      sendError(caller, CALL, request, uris.INVALID_ARGUMENT, 'the result holds a value that your serializer cannot hold')
    else sendError(caller, CALL, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the result is larger than you accept')
  }
}

function invocationDetails(
  caller: Session,
  registration: Registration,
  procedure: string,
  wantsProgress: boolean,
  isDisclosed: boolean,
): Dict {
  return {
    ...(registration.match === 'exact' ? {} : { procedure }),
    ...(wantsProgress ? { receive_progress: true } : {}),
    ...(isDisclosed ? callerDetails(caller) : {}),
  }
}
