// Registrations, and which of them a call goes to; what becomes of the call then is for calls.ts. Who may do it was judged
// before (realm.ts).

import type { CallMessage, CancelMessage, ErrorMessage, RegisterMessage, UnregisterMessage, YieldMessage } from '@trunkline/protocol'
import {
  CALL,
  EMPTY_DICT,
  isForRouter,
  matchPolicy,
  ProtocolError,
  REGISTER,
  REGISTERED,
  SHARD,
  TAKEN_OVER,
  UNREGISTER,
  UNREGISTERED,
  uris,
} from '@trunkline/protocol'
import { sendConflict, sendError, sendLimitError, sendUnmatched } from '../state/answers.ts'
import { CallStreams } from '../state/call-streams.ts'
import { callWishes } from './call-wishes.ts'
import { Calls } from './calls.ts'
import { chooseCallee, invocationPolicy, removeCallee } from './invocation-policy.ts'
import { noteLimit } from '../state/limits.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { checkPassthru } from '../state/passthru.ts'
import { ownerOf } from '../state/owner.ts'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { calleeFor, keyHash, nodeOf, readShards, shardFault, shardOf } from '../state/sharding.ts'
import type { CallWishes } from '../state/call.ts'
import type { Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import { WildcardBudget } from '../matching/wildcard-budget.ts'

export class Dealer {
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #index = new PatternIndex<Registration>()
  readonly #wildcards: WildcardBudget
  readonly #byId = new Map<number, Registration>()
  readonly #calls: Calls
  #isDraining = false

  constructor(context: RealmContext, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
    this.#wildcards = new WildcardBudget(context.settings.limits.wildcardNodes)
    this.#calls = new Calls(context)
  }

  /** The registrations, by id; for the meta API and for tests. */
  get registrations(): ReadonlyMap<number, Registration> {
    return this.#byId
  }

  get index(): Pick<PatternIndex<Registration>, 'get' | 'size'> {
    return this.#index
  }

  register(session: Session, { request, options, procedure }: RegisterMessage): void {
    const { settings } = this.#context
    const match = matchPolicy(options)
    const invoke = invocationPolicy(options['invoke'])
    const fault = uriFault(procedure, match, settings)
    if (fault !== undefined) return sendError(session, REGISTER, request, uris.INVALID_URI, fault)
    if (isForRouter(procedure) && !session.isInternal) return sendError(session, REGISTER, request, uris.INVALID_URI, RESERVED)
    if (options['disclose_caller'] === true && !settings.allowsDisclosure && !session.isInternal) {
      return sendError(session, REGISTER, request, uris.OPTION_NOT_ALLOWED)
    }
    const listed = invoke === '_sharded' ? (options[SHARD] ?? undefined) : undefined
    const shards = listed === undefined ? undefined : readShards(listed)
    if (listed !== undefined && shards === undefined) {
      return sendError(session, REGISTER, request, uris.INVALID_ARGUMENT, `${SHARD} has to list 1 to 1024 integers from 0 to 1023`)
    }
    const held = this.#index.get(match, procedure)
    // That it may was judged before (realm.ts).
    const isTakeover = held !== undefined && options['force_reregister'] === true
    const existing = isTakeover ? undefined : held
    if (existing !== undefined && (existing.invoke === 'single' || existing.invoke !== invoke)) {
      return sendConflict(session, request, existing, `registered with invoke '${existing.invoke}'`)
    }
    const conflict = existing === undefined || invoke !== '_sharded' ? undefined : shardFault(existing, session, shards)
    if (existing !== undefined && conflict !== undefined) return sendConflict(session, request, existing, conflict)
    if (existing !== undefined && session.registrations.has(existing.id)) {
      session.link.send({ type: REGISTERED, request, registration: existing.id })
      return
    }
    if (session.registrations.size >= settings.limits.registrations && !session.isInternal) {
      noteLimit(this.#context, session, 'registrations', settings.limits.registrations)
      return sendLimitError(session, REGISTER, request, 'registrations', settings.limits.registrations)
    }
    const isCounted = existing === undefined && match === 'wildcard'
    // What takes another's place costs no more than that did.
    if (isCounted && !isTakeover && !this.#wildcards.hasRoom(procedure, ownerOf(session))) {
      noteLimit(this.#context, session, 'wildcardNodes', settings.limits.wildcardNodes)
      return sendLimitError(session, REGISTER, request, 'wildcardNodes', settings.limits.wildcardNodes)
    }
    // A URI: Autobahn closes its connection at any other text.
    if (isTakeover) for (const callee of held.callees.slice()) this.revoke(callee.session, held, TAKEN_OVER)
    if (isCounted) this.#wildcards.add(procedure, ownerOf(session))
    const registration = existing ?? this.#create(procedure, match, invoke)
    const wantsCaller = options['disclose_caller'] === true
    const keepsTime = options['forward_timeout'] === true && session.announced('callee', 'call_timeout')
    const share = invoke === '_sharded' ? { node: nodeOf(session, registration), shards } : undefined
    registration.callees.push({ session, wantsCaller, keepsTime, share })
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
  revoke(session: Session, registration: Registration, reason?: string): boolean {
    if (session.registrations.get(registration.id) !== registration) return false
    if (session.announced('callee', 'registration_revocation')) {
      const details = { registration: registration.id, ...(reason !== undefined && { reason }) }
      session.link.send({ type: UNREGISTERED, request: 0, details })
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
   * Takes a CALL that goes on with a progressive call, which needs no new judgement; false for one that begins a call. To be
   * asked before anything answers the call: an answer could not be told from that of an open one.
   * @throws {ProtocolError} when the request id is that of an open call that no chunk may follow
   */
  continue(caller: Session, message: CallMessage): boolean {
    const { request, options } = message
    if (caller.streams?.goesOn(request, options['progress'] === true) === true) {
      this.#calls.takeChunk(caller, message)
      return true
    }
    if (!caller.calls.has(request)) return false
    throw new ProtocolError(`CALL has the request id ${request} of an open call`)
  }

  /**
   * Takes note of a CALL that has arrived, so that the request id of its next chunk is known as one.
   * @throws {ProtocolError} when the realm is strict and the caller did not announce progressive calls
   */
  expect(caller: Session, { request, options }: CallMessage): void {
    if (options === EMPTY_DICT || options['progress'] !== true) return
    if (this.#context.settings.announcements === 'strict' && !caller.announced('caller', 'progressive_call_invocations')) {
      throw new ProtocolError('progressive call invocations were not announced for the role caller')
    }
    caller.streams ??= new CallStreams()
    caller.streams.arrived(request, caller.calls)
  }

  /** @throws {ProtocolError} when payload passthru comes from a caller that did not announce it */
  call(caller: Session, message: CallMessage): void {
    const { request, procedure } = message
    const { settings, counters } = this.#context
    const wishes = callWishes(message.options)
    checkPassthru(caller, 'caller', message.options, message.payload)
    if (this.#isDraining && !caller.isInternal) {
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
    if (wishes.isDisclosed && !settings.allowsDisclosure) return sendError(caller, CALL, request, uris.DISCLOSE_ME_DISALLOWED)
    if (caller.calls.size >= settings.limits.pendingCalls && !caller.isInternal) {
      noteLimit(this.#context, caller, 'pending calls', settings.limits.pendingCalls)
      return sendLimitError(caller, CALL, request, 'pending calls', settings.limits.pendingCalls)
    }
    if (registration.invoke === '_sharded') return this.#callByKey(caller, message, registration, wishes)
    // Chosen last: a call that is refused uses up nobody's turn.
    const callee = chooseCallee(registration, this.#context.ids)
    if (callee === undefined) return this.#answerUnmatched(caller, request, procedure)
    this.#calls.open(caller, message, registration, callee, wishes)
  }

  /** @throws {ProtocolError} when it answers nothing that was ever asked */
  yield(callee: Session, message: YieldMessage): void {
    this.#calls.yield(callee, message)
  }

  /** @throws {ProtocolError} when it answers nothing that was ever asked */
  error(callee: Session, message: ErrorMessage): void {
    this.#calls.error(callee, message)
  }

  cancel(caller: Session, message: CancelMessage): void {
    this.#calls.cancel(caller, message)
  }

  /** Takes a session that leaves out of everything: its registrations first, so that a call made again cannot reach it. */
  leave(session: Session): void {
    for (const registration of session.registrations.values()) this.#detach(session, registration)
    this.#calls.leave(session)
  }

  /** Gives a call to the callee that its key belongs to. */
  #callByKey(caller: Session, message: CallMessage, registration: Registration, wishes: CallWishes): void {
    const { runmode, rkey } = message.options
    const refuse = (error: string, text: string): void => sendError(caller, CALL, message.request, error, text)
    if (runmode === 'all') return refuse(uris.FEATURE_NOT_SUPPORTED, "no call goes to all callees: runmode 'all' is not offered")
    if (runmode !== undefined && runmode !== null && runmode !== 'partition') {
      return refuse(uris.INVALID_ARGUMENT, "runmode of a call to a sharded procedure has to be 'partition'")
    }
    const key = keyHash(rkey)
    if (key === undefined) return refuse(uris.INVALID_ARGUMENT, 'a call to a sharded procedure needs an rkey, a string or an integer')
    const callee = calleeFor(registration, key)
    if (callee === undefined) return refuse(uris.NO_AVAILABLE_CALLEE, `no callee has shard ${shardOf(key)} of the procedure`)
    this.#calls.open(caller, message, registration, callee, wishes)
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
      if (registration.match === 'wildcard') this.#wildcards.remove(registration.uri)
      this.#byId.delete(registration.id)
    }
    this.#meta.unregistered(session, registration)
    if (isLast) this.#meta.registrationDeleted(session, registration)
  }

  #answerUnmatched(caller: Session, request: number, procedure: string): void {
    const fault = uriFault(procedure, 'exact', this.#context.settings)
    if (fault !== undefined) sendError(caller, CALL, request, uris.INVALID_URI, fault)
    else sendUnmatched(caller, request, procedure)
  }
}
