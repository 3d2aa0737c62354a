// Registrations, and which of them a call goes to; calls.ts handles the call from there. realm.ts has checked the rights
// before.

import type { CallMessage, RegisterMessage, UnregisterMessage } from '@trunkline/protocol'
import { EMPTY_DICT, isForRouter, matchPolicy, ProtocolError, REGISTERED, TAKEN_OVER, UNREGISTERED, uris } from '@trunkline/protocol'
import { sendCallError, sendError, sendLimitError, sendUnmatched } from '../state/answers.ts'
import type { ContractGuard } from '../state/contract-guard.ts'
import { sendContractFault } from '../state/contract-guard.ts'
import { CallStreams } from '../state/call-streams.ts'
import { refusesDisclosure } from '../state/disclosure.ts'
import { callWishes } from './call-wishes.ts'
import { Calls } from './calls.ts'
import { chooseCallee, removeCallee } from './invocation-policy.ts'
import type { WantedRegistration } from './wanted-registration.ts'
import { readRegistration, refuseRegistration, registrationFault } from './wanted-registration.ts'
import { noteLimit } from '../state/limits.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { checkPassthru } from '../state/passthru.ts'
import { ownerOf } from '../state/owner.ts'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { RealmSettings } from '../ports/settings.ts'
import { calleeFor, keyHash, nodeOf, shardOf } from '../state/sharding.ts'
import type { CallRequest } from '../state/call.ts'
import type { Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { entryOctets, TABLES_LIMIT } from '../state/table-share.ts'
import { uriFault } from '../matching/uri-check.ts'
import { WildcardBudget } from '../matching/wildcard-budget.ts'

export class Dealer {
  readonly calls: Calls
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #contracts: ContractGuard
  readonly #index = new PatternIndex<Registration>()
  readonly #wildcards: WildcardBudget
  readonly #byId = new Map<number, Registration>()
  #own = 0
  #version = 0
  #isDraining = false

  constructor(context: RealmContext, meta: MetaEvents, contracts: ContractGuard) {
    this.#context = context
    this.#meta = meta
    this.#wildcards = new WildcardBudget(context.settings.limits.wildcardNodes)
    this.#contracts = contracts
    this.calls = new Calls(context, contracts)
  }

  /** The registrations, by id; for the meta API and for tests. */
  get registrations(): ReadonlyMap<number, Registration> {
    return this.#byId
  }

  /** How many of them the router itself created. */
  get ownRegistrations(): number {
    return this.#own
  }

  /** Changes whenever a registration is created or deleted. */
  get version(): number {
    return this.#version
  }

  get index(): Pick<PatternIndex<Registration>, 'get' | 'size'> {
    return this.#index
  }

  register(session: Session, message: RegisterMessage): void {
    const { request, procedure } = message
    const { settings } = this.#context
    const text = uriFault(procedure, matchPolicy(message.options), settings)
    if (text !== undefined) return sendError(session, message, uris.INVALID_URI, text)
    const wanted = readRegistration(message, this.#index)
    const fault = registrationFault(session, wanted, settings)
    if (fault !== undefined) return refuseRegistration(session, request, fault)
    const { match, shared, taken } = wanted
    if (shared !== undefined && session.registrations.has(shared.id)) {
      session.link.send({ type: REGISTERED, request, registration: shared.id })
      return
    }
    const reached = this.#limitReached(session, wanted)
    if (reached !== undefined) {
      noteLimit(this.#context, session, ...reached)
      return sendLimitError(session, message, ...reached)
    }
    // The reason is a URI: Autobahn closes its connection at any other text.
    if (taken !== undefined) for (const callee of taken.callees.slice()) this.revoke(callee.session, taken, TAKEN_OVER)
    if (shared === undefined && match === 'wildcard') this.#wildcards.add(procedure, ownerOf(session))
    this.#attach(session, message, wanted)
  }

  /** The limit that one more registration of a session would exceed, and its value. */
  #limitReached(session: Session, { procedure, match, taken, shared }: WantedRegistration): [string, number] | undefined {
    const { registrations, wildcardNodes } = this.#context.settings.limits
    if (session.registrations.size >= registrations && !session.isInternal) return ['registrations', registrations]
    if (!session.tables.hasRoom(shared === undefined ? procedure : '') && !session.isInternal) return TABLES_LIMIT
    if (shared !== undefined || match !== 'wildcard') return undefined
    // A registration that replaces another under the same pattern costs no more than that.
    const hasRoom = taken !== undefined || this.#wildcards.hasRoom(procedure, ownerOf(session))
    return hasRoom ? undefined : ['wildcardNodes', wildcardNodes]
  }

  #attach(session: Session, { request, options }: RegisterMessage, { procedure, match, invoke, shards, shared }: WantedRegistration): void {
    const registration = shared ?? this.#create(procedure, match, invoke, session.tables.owner)
    const wantsCaller = options['disclose_caller'] === true
    const keepsTime = options['forward_timeout'] === true && session.announced('callee', 'call_timeout')
    const share = invoke === '_sharded' ? { node: nodeOf(session, registration), shards } : undefined
    registration.callees.push({ session, wantsCaller, keepsTime, share })
    session.addRegistration(registration)
    session.link.send({ type: REGISTERED, request, registration: registration.id })
    if (shared === undefined) this.#meta.registrationCreated(session, registration)
    this.#meta.registered(session, registration)
  }

  unregister(session: Session, message: UnregisterMessage): void {
    const { request, registration: id } = message
    const registration = session.registrations.get(id)
    if (registration === undefined) return sendError(session, message, uris.NO_SUCH_REGISTRATION)
    session.link.send({ type: UNREGISTERED, request, details: undefined })
    this.#detach(session, registration)
  }

  /** Refuses new calls of clients from now on; open calls continue. */
  drain(): void {
    this.#isDraining = true
  }

  /**
   * Removes a callee from a registration; its open invocations continue (specification: "Registration
   * Revocation").
   * @param reason sent to a callee that announced the feature; other callees get only the meta event
   * @returns whether the session was a callee of that registration
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

  /** The settings have changed, and with them perhaps the names under which calls are measured. */
  followSettings(): void {
    for (const registration of this.#byId.values()) registration.series = undefined
  }

  /** The registration to which a call would go. */
  match(procedure: string): Registration | undefined {
    // `wamp.` procedures are the router's own: a client's pattern must not match a call to one.
    return isForRouter(procedure) ? this.#index.exact(procedure) : this.#index.best(procedure)
  }

  /**
   * Passes on a CALL that continues a progressive call, which needs no new authorization; false for one that begins a call. Must
   * run before any answer to the CALL, which the caller would take for the answer to the open call.
   * @throws {ProtocolError} when the request id is that of an open call that no chunk may follow
   */
  continue(caller: Session, message: CallMessage): boolean {
    const { request, options } = message
    if (caller.streams?.goesOn(request, options['progress'] === true) === true) {
      this.calls.takeChunk(caller, message)
      return true
    }
    if (!caller.calls.has(request)) return false
    throw new ProtocolError(`CALL has the request id ${request} of an open call`)
  }

  /**
   * Notes a CALL that has arrived, so that the router recognizes later chunks by its request id.
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

  /** @throws {ProtocolError} when the caller uses payload passthru without having announced it */
  call(caller: Session, message: CallMessage): void {
    const { request, procedure } = message
    const { settings, counters } = this.#context
    const wishes = callWishes(message.options)
    checkPassthru(caller, 'caller', message.options, message.payload)
    if (this.#isDraining && !caller.isInternal) {
      counters.callsRefusedDraining++
      return this.#refuse(caller, message, uris.DRAINING, 'the router is stopping; the call did not reach a callee')
    }
    const registration = this.match(procedure)
    if (registration === undefined) return this.#answerUnmatched(caller, request, procedure)
    if (registration.match !== 'exact') {
      // A pattern matches any string; only the URI of an exact registration is known to be valid.
      const fault = uriFault(procedure, 'exact', settings)
      if (fault !== undefined) return this.#refuse(caller, message, uris.INVALID_URI, fault)
    }
    if (refusesDisclosure(wishes.isDisclosed, settings)) return this.#refuse(caller, message, uris.DISCLOSE_ME_DISALLOWED)
    const reached = caller.isInternal ? undefined : reachedByCalling(caller, settings)
    if (reached !== undefined) {
      counters.callsEnded.refused++
      noteLimit(this.#context, caller, ...reached)
      return sendLimitError(caller, message, ...reached)
    }
    const contract = settings.contractChecks?.procedure(procedure)
    if (contract !== undefined) {
      const passing = { payload: message.payload, isEncrypted: wishes.passthru !== undefined, isLast: !wishes.isStream }
      const fault = this.#contracts.refuses(contract, 'call', passing, caller)
      if (fault !== undefined) {
        counters.callsEnded.refused++
        return sendContractFault(caller, message, fault)
      }
    }
    if (registration.invoke === '_sharded') return this.#callByKey(caller, message, { registration, wishes, contract })
    // Chosen last, so that a refused call takes no callee's turn.
    const callee = chooseCallee(registration, this.#context.ids)
    if (callee === undefined) return this.#answerUnmatched(caller, request, procedure)
    this.calls.open(
      caller,
      { request, registration, procedure: nameFor(registration, procedure), wishes, payload: message.payload, contract },
      callee,
    )
  }

  /** Removes a session that leaves: its registrations first, so that a repeated call cannot reach it. */
  leave(session: Session): void {
    for (const registration of session.registrations.values()) this.#detach(session, registration)
    this.calls.leave(session)
  }

  /** Passes a call to the callee that its key belongs to. */
  #callByKey(caller: Session, message: CallMessage, wanted: Pick<CallRequest, 'registration' | 'wishes' | 'contract'>): void {
    const { registration } = wanted
    const { runmode, rkey } = message.options
    const refuse = (error: string, text: string): void => this.#refuse(caller, message, error, text)
    if (runmode === 'all') return refuse(uris.FEATURE_NOT_SUPPORTED, "runmode 'all' is not supported: a call goes to one callee")
    if (runmode !== undefined && runmode !== null && runmode !== 'partition') {
      return refuse(uris.INVALID_ARGUMENT, "runmode of a call to a sharded procedure must be 'partition'")
    }
    const key = keyHash(rkey)
    if (key === undefined) return refuse(uris.INVALID_ARGUMENT, 'a call to a sharded procedure needs an rkey, a string or an integer')
    const callee = calleeFor(registration, key)
    if (callee === undefined) return refuse(uris.NO_AVAILABLE_CALLEE, `no callee has shard ${shardOf(key)} of the procedure`)
    const { request, procedure, payload } = message
    this.calls.open(caller, { ...wanted, request, procedure: nameFor(registration, procedure), payload }, callee)
  }

  #create(uri: string, match: Registration['match'], invoke: Registration['invoke'], owner: string): Registration {
    const { ids, clock, tableTotal } = this.#context
    const registration: Registration = {
      id: ids.sequential(),
      uri,
      match,
      invoke,
      created: clock.now(),
      callees: [],
      owner,
      next: 0,
      calls: 0,
      errors: 0,
      series: undefined,
    }
    tableTotal.add(owner, entryOctets(uri))
    this.#index.set(match, uri, registration)
    this.#byId.set(registration.id, registration)
    if (isForRouter(uri)) this.#own++
    this.#version++
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
      this.#context.tableTotal.add(registration.owner, -entryOctets(registration.uri))
      this.#byId.delete(registration.id)
      if (isForRouter(registration.uri)) this.#own--
      this.#version++
    }
    this.#meta.unregistered(session, registration)
    if (isLast) this.#meta.registrationDeleted(session, registration)
  }

  #refuse(caller: Session, call: CallMessage, error: string, text?: string): void {
    this.#context.counters.callsEnded.refused++
    sendError(caller, call, error, text)
  }

  #answerUnmatched(caller: Session, request: number, procedure: string): void {
    const fault = uriFault(procedure, 'exact', this.#context.settings)
    this.#context.counters.callsEnded[fault === undefined ? 'unmatched' : 'refused']++
    if (fault !== undefined) sendCallError(caller, request, uris.INVALID_URI, fault)
    else sendUnmatched(caller, request, procedure)
  }
}

/** The name that a call keeps: that of its registration itself where it is the same, so that many calls keep one text. */
function nameFor({ match, uri }: Registration, procedure: string): string {
  return match === 'exact' ? uri : procedure
}

/** The limit that one more call of a session would exceed, and its value. */
function reachedByCalling({ calls, tables }: Session, { limits }: RealmSettings): [string, number] | undefined {
  if (calls.size >= limits.pendingCalls) return ['pending calls', limits.pendingCalls]
  return tables.hasRoomForCall(calls.size) ? undefined : TABLES_LIMIT
}
