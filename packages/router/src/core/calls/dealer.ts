// Registrations, and which of them a call goes to; calls.ts handles the call from there. realm.ts has checked the rights
// before.

import type { CallMessage, RegisterMessage, UnregisterMessage } from '@trunkline/protocol'
import { EMPTY_DICT, matchPolicy, ProtocolError, UNREGISTERED, uris } from '@trunkline/protocol'
import { sendError, sendLimitError, sendUnmatched, sendUnreached } from '../state/answers.ts'
import type { ContractGuard } from '../state/contract-guard.ts'
import { sendContractFault } from '../state/contract-guard.ts'
import { CallStreams } from '../state/call-streams.ts'
import { refusesDisclosure } from '../state/disclosure.ts'
import { callWishes } from './call-wishes.ts'
import { AwaitedCalls } from './awaited-calls.ts'
import { Calls } from './calls.ts'
import { Claims } from './claims.ts'
import { chooseCallee } from './invocation-policy.ts'
import { RegistrationTable } from './registration-table.ts'
import { Successors } from './successors.ts'
import type { WantedRegistration } from './wanted-registration.ts'
import { readRegistration, refuseRegistration, registrationFault } from './wanted-registration.ts'
import { noteLimit } from '../state/limits.ts'
import { noteRefusal } from '../state/refusals.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { checkPassthru } from '../state/passthru.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { RealmSettings } from '../ports/settings.ts'
import { calleeFor, keyHash, shardOf, takeShare } from '../state/sharding.ts'
import type { CallRequest } from '../state/call.ts'
import type { Callee, Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { placeOctets } from '../state/table-share.ts'
import { uriFault } from '../matching/uri-check.ts'

export class Dealer {
  readonly calls: Calls
  readonly claims: Claims
  readonly #context: RealmContext
  readonly #contracts: ContractGuard
  readonly #table: RegistrationTable
  #isDraining = false

  constructor(context: RealmContext, meta: MetaEvents, contracts: ContractGuard) {
    this.#context = context
    this.#contracts = contracts
    this.#table = new RegistrationTable(context)
    const [table, successors] = [this.#table, new Successors(context)]
    const awaited = new AwaitedCalls({
      givenBack: (callee, { request, payload }) => this.calls.bounced(callee, request, payload, 'gone'),
      numbered: (callee, id) => this.calls.numbered(callee, id),
      undelivered: (callee, message, outcome, isFirst) => this.calls.undelivered(callee, message, outcome, isFirst),
    })
    this.calls = new Calls(context, contracts, { table, successors, awaited })
    this.claims = new Claims(context, meta, { table, successors, awaited })
  }

  /** The registrations, by id; for the meta API and for tests. */
  get registrations(): ReadonlyMap<number, Registration> {
    return this.#table.byId
  }

  /** How many of them the router itself created. */
  get ownRegistrations(): number {
    return this.#table.own
  }

  /** Changes whenever a registration is created or deleted. */
  get version(): number {
    return this.#table.version
  }

  get index(): RegistrationTable['index'] {
    return this.#table.index
  }

  register(session: Session, message: RegisterMessage): void {
    const { request, procedure } = message
    const { settings, cluster } = this.#context
    const text = uriFault(procedure, matchPolicy(message.options), settings)
    if (text !== undefined) return sendError(session, message, uris.INVALID_URI, text)
    const wanted = this.#read(message)
    const fault = registrationFault(session, wanted, settings)
    if (fault !== undefined) return refuseRegistration(session, request, fault)
    const { shared, taken } = wanted
    if (shared !== undefined && session.registrations.has(shared.id)) return this.claims.enterAgain(shared, session, message)
    if (!this.#hasRoom(session, message, wanted)) return
    if (taken === undefined || cluster === undefined || session.isInternal) return this.#take(session, message, wanted)
    const callee = calleeOf(session, message, { stamp: cluster.stamp(), isPending: true, isAwaited: false, standing: 'coming' })
    const { id, uri, match } = taken
    this.claims.successors.announce({ id, uri, match, invoke: wanted.invoke }, callee, () => this.#takeNow(session, message))
  }

  #read(message: RegisterMessage): WantedRegistration {
    this.claims.endRetired(matchPolicy(message.options), message.procedure)
    return readRegistration(message, this.#table.index)
  }

  /** All nodes know that the session is going to take the procedure. Its callees may be others now. */
  #takeNow(session: Session, message: RegisterMessage): boolean {
    const wanted = this.#read(message)
    const fault = registrationFault(session, wanted, this.#context.settings)
    if (fault !== undefined) refuseRegistration(session, message.request, fault)
    if (fault !== undefined || !this.#hasRoom(session, message, wanted)) return false
    this.#take(session, message, wanted)
    return true
  }

  #take(session: Session, message: RegisterMessage, wanted: WantedRegistration): void {
    // The reason is a URI: Autobahn closes its connection at any other text.
    if (wanted.taken !== undefined) this.claims.takeOver(wanted.taken)
    this.#enter(session, message, wanted)
  }

  /** Whether a session may have one more registration; if not, it gets an ERROR. */
  #hasRoom(session: Session, message: RegisterMessage, wanted: WantedRegistration): boolean {
    const reached = this.#limitReached(session, wanted)
    if (reached === undefined) return true
    noteLimit(this.#context, session, reached)
    sendLimitError(session, message, ...reached)
    return false
  }

  /** The limit that one more registration of a session would exceed, and its value. */
  #limitReached(session: Session, { procedure, match, invoke, shards, taken, shared }: WantedRegistration): [string, number] | undefined {
    const { registrations, wildcardNodes } = this.#context.settings.limits
    const held = session.registrations.size + this.claims.successors.countOf(session)
    if (held >= registrations && !session.isInternal) return ['registrations', registrations]
    const created = shared === undefined ? { uri: procedure, match, invoke } : undefined
    const place = placeOctets({ invoke, namesShards: shards !== undefined })
    if (!session.tables.hasRoom(created, place) && !session.isInternal) return session.tables.limit
    if (shared !== undefined || match !== 'wildcard') return undefined
    // A registration that replaces another under the same pattern costs no more than that.
    const hasRoom = taken !== undefined || this.#table.hasRoomFor(procedure, session)
    return hasRoom ? undefined : ['wildcardNodes', wildcardNodes]
  }

  #enter(session: Session, message: RegisterMessage, { procedure: uri, match, invoke, shards, shared, taken }: WantedRegistration): void {
    const id = shared?.id ?? this.#table.idFor(match, uri)
    if (id === undefined) return sendError(session, message, uris.INVALID_URI, 'its registration would have the id of another one')
    const registration = shared ?? this.#table.create({ id, uri, match, invoke }, session)
    const { cluster } = this.#context
    const isShown = cluster !== undefined && !session.isInternal
    const callee = calleeOf(session, message, {
      stamp: isShown ? cluster.stamp() : 0,
      isPending: isShown,
      isAwaited: isShown && taken !== undefined,
      standing: message.options['force_reregister'] === true ? 'forced' : 'plain',
    })
    callee.share = takeShare(registration, session, shards)
    this.claims.enter(registration, callee, message)
  }

  unregister(session: Session, message: UnregisterMessage): void {
    const { request, registration: id } = message
    const registration = session.registrations.get(id)
    if (registration === undefined || this.claims.isPending(registration, session)) {
      return sendError(session, message, uris.NO_SUCH_REGISTRATION)
    }
    session.link.send({ type: UNREGISTERED, request, details: undefined })
    this.claims.end(session, registration)
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
    this.claims.revoke(session, registration, reason)
    return true
  }

  /** The settings have changed, and with them perhaps the names under which calls are measured. */
  followSettings(): void {
    for (const registration of this.#table.byId.values()) registration.series = undefined
  }

  /** The registration to which a call would go. */
  match(procedure: string): Registration | undefined {
    return this.#table.match(procedure)
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
      noteRefusal(this.#context, caller, message, { error: uris.DRAINING })
      return sendUnreached(caller, request, uris.DRAINING, 'the router is stopping; the call did not reach a callee')
    }
    const registration = this.#table.match(procedure)
    if (registration === undefined) return this.#answerUnmatched(caller, message)
    if (registration.match !== 'exact') {
      // A pattern matches any string; only the URI of an exact registration is known to be valid.
      const fault = uriFault(procedure, 'exact', settings)
      if (fault !== undefined) return this.#refuse(caller, message, uris.INVALID_URI, fault)
    }
    if (refusesDisclosure(wishes.isDisclosed, settings)) return this.#refuse(caller, message, uris.DISCLOSE_ME_DISALLOWED)
    const reached = caller.isInternal ? undefined : reachedByCalling(caller, settings)
    if (reached !== undefined) {
      noteRefusal(this.#context, caller, message, { error: uris.LIMIT_EXCEEDED })
      noteLimit(this.#context, caller, reached, message.options)
      return sendLimitError(caller, message, ...reached)
    }
    const contract = settings.contractChecks?.procedure(procedure)
    if (contract !== undefined) {
      const { payload, options } = message
      const passing = { payload, options, isEncrypted: wishes.passthru !== undefined, isLast: !wishes.isStream }
      const fault = this.#contracts.refuses(contract, 'call', passing, caller)
      if (fault !== undefined) {
        noteRefusal(this.#context, caller, message, { error: uris.INVALID_ARGUMENT })
        return sendContractFault(caller, message, fault)
      }
    }
    if (registration.invoke === '_sharded') return this.#callByKey(caller, message, { registration, wishes, contract })
    // Chosen last, so that a refused call takes no callee's turn.
    const callee = chooseCallee(registration, this.#context.ids)
    if (callee === undefined) return this.#answerUnmatched(caller, message)
    this.calls.open(
      caller,
      { request, registration, procedure: nameFor(registration, procedure), wishes, payload: message.payload, contract, key: undefined },
      callee,
    )
  }

  /**
   * Removes a session that leaves: its registrations first, so that a repeated call cannot reach it.
   * @param error what its callers get; of a session whose node is lost another than of one that has left
   */
  leave(session: Session, error: string = uris.CANCELED): void {
    this.withdraw(session)
    this.calls.leaving.leave(session, error)
  }

  /** From now on no call goes to a session that leaves in several turns. */
  retire(session: Session): void {
    this.claims.successors.leave(session)
    for (const registration of session.registrations.values()) this.#table.retire(registration, session)
  }

  /** Does what {@link leave} does, for one registration or call in each step. */
  *leaving(session: Session): Generator<undefined, void> {
    for (const registration of session.registrations.values()) {
      this.claims.end(session, registration)
      yield
    }
    yield* this.calls.leaving.parts(session, uris.CANCELED)
  }

  /** Takes a session that leaves out of all its registrations. Its calls stay open. */
  withdraw(session: Session): void {
    this.claims.successors.leave(session)
    for (const registration of session.registrations.values()) this.claims.end(session, registration)
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
    this.calls.open(caller, { ...wanted, request, procedure: nameFor(registration, procedure), payload, key }, callee)
  }

  #refuse(caller: Session, call: CallMessage, error: string, text?: string): void {
    noteRefusal(this.#context, caller, call, { error })
    sendError(caller, call, error, text)
  }

  #answerUnmatched(caller: Session, call: CallMessage): void {
    const { request, procedure } = call
    const fault = uriFault(procedure, 'exact', this.#context.settings)
    if (fault !== undefined) return this.#refuse(caller, call, uris.INVALID_URI, fault)
    noteRefusal(this.#context, caller, call, { outcome: 'unmatched', error: uris.NO_SUCH_PROCEDURE })
    sendUnmatched(caller, request, procedure)
  }
}

/** A callee of this node, as its REGISTER wants it; without a share. */
function calleeOf(
  session: Session,
  { options }: RegisterMessage,
  place: Pick<Callee, 'stamp' | 'isPending' | 'isAwaited' | 'standing'>,
): Callee {
  const keepsTime = options['forward_timeout'] === true && session.announced('callee', 'call_timeout')
  const wantsCaller = options['disclose_caller'] === true
  return { session, wantsCaller, keepsTime, share: undefined, node: undefined, isRetired: false, ...place }
}

/** The name that a call keeps: that of its registration itself where it is the same, so that many calls keep one text. */
function nameFor({ match, uri }: Registration, procedure: string): string {
  return match === 'exact' ? uri : procedure
}

/** The limit that one more call of a session would exceed, and its value. */
function reachedByCalling({ calls, tables }: Session, { limits }: RealmSettings): [string, number] | undefined {
  if (calls.size >= limits.pendingCalls) return ['pending calls', limits.pendingCalls]
  return tables.hasRoomForCall(calls.size) ? undefined : tables.limit
}
