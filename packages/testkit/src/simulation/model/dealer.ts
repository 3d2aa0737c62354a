// The dealer by the letter of the protocol: registrations, and calls until their one final answer.

import { denialOf, isoTime, LIMITED } from './broker.ts'
import { AtLeast, OneOf, REST, TEXT } from './expectation.ts'
import { best } from './matching.ts'
import type { Offer } from './offers.ts'
import { asInvoked, isTooLarge, ModelOffers, timeoutOf } from './offers.ts'
import type { Asked, ModelCall, ModelContext, ModelRealm, ModelRegistration, ModelRoute, ModelSession, Place } from './state.ts'
import { ERRORS, needsBinary } from './state.ts'
import type { Match } from './uris.ts'
import { isReserved, isValid } from './uris.ts'

type Options = Readonly<Record<string, unknown>>

const REPLY: Place = { lane: 'reply', rank: 0 }

/** The rules of admins let them take a procedure from its callees; an authorizer that only says yes does not. */
function mayForce({ role, realm }: ModelSession): boolean {
  return role === 'admin' && realm.plan.rights === 'static'
}

export class ModelDealer {
  readonly #context: ModelContext
  readonly #offers: ModelOffers
  /** The places that sessions had which end together. */
  #former: { readonly registration: ModelRegistration; readonly session: ModelSession }[] = []

  constructor(context: ModelContext) {
    this.#context = context
    this.#offers = new ModelOffers(context)
  }

  register(session: ModelSession, request: number, options: Options, procedure: string): void {
    const { realm } = session
    const match = (options['match'] ?? 'exact') as Match
    const invoke = (options['invoke'] ?? 'single') as string
    const isForced = options['force_reregister'] === true
    const found = realm.registrations.find((each) => each.uri === procedure && each.match === match)
    const existing = isForced ? undefined : found
    const refuse = (...errors: unknown[]): void =>
      this.#context.send(session, [8, 64, request, detailsOf(errors, existing), new OneOf(...errors), REST], REPLY)
    const isGood = isValid(procedure, match) && !isReserved(procedure)
    const verdict = this.#context.allows(session, 'register', procedure, match)
    const denial = denialOf(isGood, verdict, match)
    if (denial !== undefined) return refuse(denial)
    if (isForced && !mayForce(session)) return refuse(ERRORS.optionNotAllowed)
    const isCallee = existing?.callees.some((callee) => callee.session === session) === true
    const wantsCaller = options['disclose_caller'] === true
    const errors: string[] = []
    if (existing !== undefined && (existing.invoke === 'single' || existing.invoke !== invoke)) errors.push(ERRORS.alreadyExists)
    if (wantsCaller && !realm.plan.allowsDisclosure) errors.push(ERRORS.optionNotAllowed)
    if (!isCallee && registrationsOf(session).length >= realm.plan.registrations) errors.push(ERRORS.limit)
    if (errors.length > 0) return refuse(...errors)
    if (isForced && found !== undefined) for (const callee of [...found.callees]) this.revoke(callee.session, found, ERRORS.takenOver)
    const registration = existing ?? this.#create(session, procedure, match, invoke)
    if (!isCallee) this.#attach(session, registration, wantsCaller, options['forward_timeout'] === true)
    this.#context.send(session, [65, request, registration.id], REPLY)
  }

  unregister(session: ModelSession, request: number, id: number): void {
    const registration = registrationsOf(session).find((each) => each.id.value === id)
    if (registration === undefined) return this.#context.send(session, [8, 66, request, {}, ERRORS.noSuchRegistration, REST], REPLY)
    this.#detach(session, registration)
    this.#context.send(session, [67, request], REPLY)
  }

  /** The router revokes a registration; a callee that announced the feature is notified. Open calls continue. */
  revoke(callee: ModelSession, registration: ModelRegistration, reason: unknown): void {
    if (callee.features.includes('callee.registration_revocation')) {
      const details = { registration: registration.id, ...(reason === undefined ? {} : { reason }) }
      this.#context.send(callee, [67, 0, details], REPLY)
    }
    this.#detach(callee, registration)
  }

  /** Whether a session has as many open calls as it may. */
  isAtLimit(session: ModelSession): boolean {
    return callsOf(session).length >= session.realm.plan.pendingCalls
  }

  /** A call of anything but a procedure of the router; of those only one beyond the limit. */
  call(asked: Asked): void {
    const { caller, request, options, procedure } = asked
    const { realm } = caller
    const isDisclosureRefused = options['disclose_me'] === true && !realm.plan.allowsDisclosure
    const registration = isReserved(procedure) ? undefined : best(realm.registrations, procedure)
    const errors: string[] = []
    if (isDisclosureRefused) errors.push(ERRORS.disclosure)
    if (registration === undefined) errors.push(ERRORS.noSuchProcedure)
    if (this.isAtLimit(caller)) errors.push(ERRORS.limit)
    if (registration === undefined || errors.length > 0) return this.#fail(caller, request, new OneOf(...errors), detailsOf(errors))
    this.#invoke(asked, registration)
  }

  yield(callee: ModelSession, invocation: number, options: Options, payload: readonly unknown[]): void {
    const call = callee.realm.calls.find((each) => each.callee === callee && each.invocation === invocation)
    if (call === undefined) return // It has ended: too late, discarded.
    const isProgress = options['progress'] === true
    if (isProgress && !call.wantsProgress) return
    const result = [50, call.request, isProgress ? { progress: true } : {}, ...payload]
    if (!isProgress) this.#end(call)
    const isHard = needsBinary(payload) && call.caller.peer.serializer === 'json'
    if (isHard || isTooLarge(this.#context, call.caller, result)) {
      this.#end(call)
      if (isProgress && call.callee.canCancel) this.#interrupt(call, 'killnowait')
      return this.#fail(call.caller, call.request, isHard ? ERRORS.invalidArgument : ERRORS.tooLarge)
    }
    if (!this.#context.offer(call.caller, result, this.#inOrder(call))) {
      if (isProgress) this.#end(call)
      if (isProgress && call.callee.canCancel) this.#interrupt(call, 'killnowait')
      return this.#context.send(call.caller, noRoom(call.request), this.#inOrder(call))
    }
    if (!isProgress) return
    call.deadline = this.#context.now() + call.timeout
    call.route = undefined
  }

  /**
   * A CALL with the request id of a progressive call.
   * @returns false when the session must end for it
   */
  continue({ caller, request, options, procedure, payload }: Asked): boolean {
    const call = caller.realm.calls.find((each) => each.caller === caller && each.request === request)
    if (call === undefined) return true // The call has ended: the chunk is late.
    const { stream, callee, invocation } = call
    if (stream === undefined || stream.isComplete || stream.procedure !== procedure) return false
    const isLast = options['progress'] !== true
    const message = [68, invocation, stream.registration, isLast ? stream.details : { ...stream.details, progress: true }, ...payload]
    const isHard = needsBinary(payload) && callee.peer.serializer === 'json'
    if (isHard || isTooLarge(this.#context, callee, message)) {
      this.#end(call)
      this.#interrupt(call, 'killnowait')
      this.#fail(caller, request, isHard ? ERRORS.invalidArgument : ERRORS.tooLarge)
      return true
    }
    if (!this.#context.offer(callee, message, asInvoked(this.#context))) {
      this.#end(call)
      this.#interrupt(call, 'killnowait')
      this.#fail(caller, request, ERRORS.unavailable)
      return true
    }
    stream.isComplete = isLast
    call.deadline = this.#context.now() + call.timeout
    call.route = undefined
    return true
  }

  /** When the time limit of the next call passes. */
  nextDeadline(realm: ModelRealm): number {
    return realm.calls.reduce((next, { timeout, deadline }) => (timeout > 0 ? Math.min(next, deadline) : next), Infinity)
  }

  /** Ends the calls whose time limit has passed. */
  expire(realm: ModelRealm): void {
    for (const call of realm.calls.filter(({ timeout, deadline }) => timeout > 0 && deadline <= this.#context.now())) {
      this.#end(call)
      if (call.callee.canCancel) this.#interrupt(call, 'killnowait', ERRORS.timeout)
      this.#fail(call.caller, call.request, ERRORS.timeout)
    }
  }

  /** ERROR of a callee. */
  fail(callee: ModelSession, invocation: number, error: string, payload: readonly unknown[]): void {
    const call = callee.realm.calls.find((each) => each.callee === callee && each.invocation === invocation)
    if (call === undefined) return
    const { caller, request, route } = call
    // A callee that was interrupted cannot be too busy.
    if (error === ERRORS.unavailable && route !== undefined && !call.isInterrupted) return this.#reroute(call, route)
    this.#end(call)
    if (!isValid(error, 'exact')) return this.#fail(caller, request, ERRORS.invalidUri)
    if (needsBinary(payload) && caller.peer.serializer === 'json') return this.#fail(caller, request, ERRORS.invalidArgument)
    const message = [8, 48, request, {}, error, ...payload]
    if (isTooLarge(this.#context, caller, message)) return this.#fail(caller, request, ERRORS.tooLarge)
    if (this.#context.offer(caller, message, this.#inOrder(call))) return
    this.#context.send(caller, noRoom(request), this.#inOrder(call))
  }

  cancel(caller: ModelSession, request: number, mode: string): void {
    const call = caller.realm.calls.find((each) => each.caller === caller && each.request === request)
    if (call === undefined) return
    const works = call.callee.canCancel ? mode : 'skip'
    if (works === 'kill') return this.#interrupt(call, 'kill')
    this.#end(call)
    if (works === 'killnowait') this.#interrupt(call, 'killnowait')
    this.#context.send(caller, [8, 48, request, {}, ERRORS.canceled, REST], this.#inOrder(call))
  }

  /** Sessions of several nodes are being killed: the other end of a call of a session may end before it, on another node. */
  mayEndBefore(session: ModelSession): void {
    const others = this.#context.dying().filter(({ peer }) => !this.#context.areTogether(peer, session.peer))
    for (const call of callsOf(session).filter(({ callee }) => others.includes(callee))) {
      this.#context.send(session, [8, 48, call.request, {}, ERRORS.canceled, LEFT], { ...this.#inOrder(call), isOptional: true })
    }
    if (!session.canCancel) return
    for (const call of session.realm.calls.filter((each) => each.callee === session && others.includes(each.caller))) {
      if (!call.isInterrupted) this.#sendInterrupt(call, 'killnowait', ERRORS.canceled, true)
    }
  }

  /** All that ended together have ended. */
  forgetDying(): void {
    this.#former = []
  }

  leave(session: ModelSession): void {
    const { realm } = session
    for (const registration of registrationsOf(session)) this.#detach(session, registration)
    for (const call of callsOf(session)) {
      this.#end(call)
      if (call.callee !== session && call.callee.canCancel) this.#interrupt(call, 'killnowait')
    }
    for (const call of realm.calls.filter(({ callee }) => callee === session)) {
      this.#end(call)
      // A text in the arguments says that the callee has left.
      this.#context.send(call.caller, [8, 48, call.request, {}, ERRORS.canceled, LEFT], this.#inOrder(call))
    }
  }

  #create(session: ModelSession, uri: string, match: Match, invoke: string): ModelRegistration {
    const { realm } = session
    const created = this.#context.date()
    const registration: ModelRegistration = {
      id: this.#context.idOf('registration', realm.plan.name, { match, uri }),
      uri,
      match,
      invoke,
      created,
      callees: [],
      lastOrder: 0,
    }
    const details = { id: registration.id, created: isoTime(created), uri, match, invoke }
    this.#announce(registration, 'on_create', session, details)
    realm.registrations.push(registration)
    return registration
  }

  #attach(session: ModelSession, registration: ModelRegistration, wantsCaller: boolean, wantsTimeout: boolean): void {
    const keepsTime = wantsTimeout && session.features.includes('callee.call_timeout')
    registration.callees.push({ session, wantsCaller, keepsTime, order: this.#context.next() })
    this.#announce(registration, 'on_register', session, registration.id)
  }

  #detach(session: ModelSession, registration: ModelRegistration): void {
    const { realm } = session
    registration.callees = registration.callees.filter((callee) => callee.session !== session)
    this.#announce(registration, 'on_unregister', session, registration.id)
    const others = this.#former.filter((each) => each.registration === registration && this.#context.mayBeGone(each.session))
    if (this.#context.dying().includes(session)) this.#former.push({ registration, session })
    if (registration.callees.length > 0) return
    realm.registrations = realm.registrations.filter((each) => each !== registration)
    if (others.length === 0) return this.#announce(registration, 'on_delete', session, registration.id)
    // The last of another node may have been the last; and where each node still knew of the other, none of them says so.
    const place = { lane: `end of ${registration.match} ${registration.uri}`, rank: this.#context.next(), isOptional: true }
    const who = new OneOf(session.id, ...others.map((each) => each.session.id))
    this.#context.announce(realm, 'wamp.registration.on_delete', [who, registration.id], place)
  }

  #announce({ match, uri }: ModelRegistration, event: string, session: ModelSession, subject: unknown): void {
    const place = { lane: this.#context.laneOf(`registration ${match} ${uri}`, session), rank: this.#context.next() }
    this.#context.announce(session.realm, `wamp.registration.${event}`, [session.id, subject], place)
  }

  #invoke(asked: Asked, registration: ModelRegistration): void {
    const { caller, request, options } = asked
    const taker = this.#offers.offer(asked, registration, registration.callees)
    if (taker === undefined || taker.refusal !== undefined) return this.#fail(caller, request, taker?.refusal ?? ERRORS.unavailable)
    const timeout = taker.callee.keepsTime ? 0 : timeoutOf(options)
    const route = { asked, registration, passed: [] }
    caller.realm.calls.push({
      ...heldBy(taker, route),
      caller,
      request,
      isInterrupted: false,
      timeout,
      deadline: this.#context.now() + timeout,
    })
  }

  /** The callee is too busy: the call goes to the next, as if those that were too busy did not exist; one whose queue was full may have room by now. */
  #reroute(call: ModelCall, route: ModelRoute): void {
    const { asked, registration, passed } = route
    passed.push(call.callee)
    this.#end(call)
    const left = registration.callees.filter(({ session }) => !passed.includes(session))
    if (left.length === 0) return this.#fail(call.caller, call.request, ERRORS.noCallee)
    const taker = this.#offers.offer(asked, registration, left)
    if (taker === undefined || taker.refusal !== undefined)
      return this.#fail(call.caller, call.request, taker?.refusal ?? ERRORS.unavailable)
    // Its time limit continues, or begins again at the router if the former callee enforced it.
    const isKept = call.timeout === 0
    const timeout = taker.callee.keepsTime ? 0 : timeoutOf(asked.options)
    const deadline = isKept ? this.#context.now() + timeout : call.deadline
    call.caller.realm.calls.push({ ...call, ...heldBy(taker, route), timeout, deadline })
  }

  #interrupt(call: ModelCall, mode: string, reason: string = ERRORS.canceled): void {
    // One INTERRUPT a call; the protocol does not say whether the callee gets another at the end of the wait after `kill`.
    if (!call.isInterrupted) this.#sendInterrupt(call, mode, reason)
    call.isInterrupted = true
  }

  #sendInterrupt({ callee, invocation }: ModelCall, mode: string, reason: string, isOptional = false): void {
    this.#context.send(callee, [69, invocation, { mode, reason }], { lane: `interrupt ${invocation}`, rank: invocation + 0.5, isOptional })
  }

  #end(call: ModelCall): void {
    const { realm } = call.caller
    realm.calls = realm.calls.filter((each) => each !== call)
  }

  #fail(caller: ModelSession, request: number, error: unknown, details: unknown = {}): void {
    this.#context.send(caller, [8, 48, request, details, error, REST], { lane: `call ${request}`, rank: this.#context.next() })
  }

  /** Answers of one call come in order; between calls there is none. */
  #inOrder({ request }: ModelCall): Place {
    return { lane: `call ${request}`, rank: this.#context.next() }
  }
}

/** The details of an ERROR with one of these URIs: they name a limit, or the existing registration. */
function detailsOf(errors: readonly unknown[], holder?: ModelRegistration): unknown {
  const telling = [ERRORS.limit, ERRORS.noSuchProcedure, ERRORS.alreadyExists].filter((error) => errors.includes(error))
  if (telling.length === 0) return {}
  if (errors.length > 1) return new AtLeast({})
  if (telling[0] === ERRORS.limit) return LIMITED
  return holder === undefined ? { callees: 0 } : { registration: holder.id }
}

/** The part of a call that depends on its callee. */
function heldBy(
  { callee, details, wantsProgress }: Offer,
  route: ModelRoute,
): Omit<ModelCall, 'caller' | 'request' | 'isInterrupted' | 'timeout' | 'deadline'> {
  const { asked, registration } = route
  const { session } = callee
  const isStream = asked.options['progress'] === true
  return {
    callee: session,
    invocation: ++session.lastInvocation,
    wantsProgress,
    stream: isStream ? { procedure: asked.procedure, registration: registration.id, details, isComplete: false } : undefined,
    route: session.features.includes('callee.call_reroute') ? route : undefined,
  }
}

/** Answers a call whose result does not fit into the caller's outbox. */
export function noRoom(request: number): readonly unknown[] {
  return [8, 48, request, { limit: 'outbox' }, ERRORS.limit, REST]
}

/** Arguments whose first is a text. */
const LEFT: unknown = [TEXT]

export function registrationsOf(session: ModelSession): ModelRegistration[] {
  const orderIn = ({ callees }: ModelRegistration): number => callees.find((callee) => callee.session === session)?.order ?? 0
  return session.realm.registrations.filter((each) => orderIn(each) > 0).toSorted((a, b) => orderIn(a) - orderIn(b))
}

function callsOf(session: ModelSession): ModelCall[] {
  return session.realm.calls.filter(({ caller }) => caller === session)
}
