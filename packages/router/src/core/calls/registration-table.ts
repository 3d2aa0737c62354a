// The registrations of a realm, with their callees. dealer.ts and claims.ts decide who gets a place.

import type { MatchPolicy } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import { PatternIndex } from '../matching/pattern-index.ts'
import { WildcardBudget } from '../matching/wildcard-budget.ts'
import { ownerOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Callee, Registration, Share } from '../state/registration.ts'
import { isCallable } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { giveBackShare } from '../state/sharding.ts'
import { entryOctets, placeOctets } from '../state/table-share.ts'
import { insertCallee, removeCallee } from './invocation-policy.ts'

export class RegistrationTable {
  readonly #context: RealmContext
  readonly #index = new PatternIndex<Registration>()
  readonly #wildcards: WildcardBudget
  readonly #byId = new Map<number, Registration>()
  #own = 0
  #version = 0

  constructor(context: RealmContext) {
    this.#context = context
    this.#wildcards = new WildcardBudget(context.settings.limits.wildcardNodes)
  }

  /** The registrations, by id. */
  get byId(): ReadonlyMap<number, Registration> {
    return this.#byId
  }

  get index(): Pick<PatternIndex<Registration>, 'get' | 'size'> {
    return this.#index
  }

  /** How many of them the router itself created. */
  get own(): number {
    return this.#own
  }

  /** Changes whenever a registration is created or deleted. */
  get version(): number {
    return this.#version
  }

  /** The registration to which a call would go. */
  match(procedure: string): Registration | undefined {
    // `wamp.` procedures are the router's own: a client's pattern must not match a call to one.
    const found = isForRouter(procedure) ? this.#index.exact(procedure) : this.#index.best(procedure)
    return found === undefined || found.pending === 0 || hasCallable(found) ? found : this.#bestCallable(procedure)
  }

  /** Whether another wildcard pattern of the owner of a session has room. */
  hasRoomFor(pattern: string, session: Session): boolean {
    return this.#wildcards.hasRoom(pattern, ownerOf(session))
  }

  /** The id of a registration that is to be created; undefined where another one has it. */
  idFor(match: MatchPolicy, uri: string): number | undefined {
    const { cluster, ids } = this.#context
    if (cluster === undefined) return ids.sequential()
    const id = cluster.idOf('registration', match, uri)
    return this.#byId.has(id) ? undefined : id
  }

  /** @param session the first callee, to whose owner it counts */
  create({ id, uri, match, invoke }: Pick<Registration, 'id' | 'uri' | 'match' | 'invoke'>, session: Session): Registration {
    const { clock, tableTotal, cluster } = this.#context
    const { owner } = session.tables
    const callees: Callee[] = []
    const registration: Registration = {
      id,
      uri,
      match,
      invoke,
      created: clock.now(),
      callees,
      pending: 0,
      preferred: cluster === undefined ? callees : undefined,
      prefersOwn: cluster?.prefersOwn ?? false,
      owner,
      taken: invoke === '_sharded' ? { nodes: new Set(), free: new Map(), shards: undefined } : undefined,
      next: cluster?.firstTurn ?? 0,
      calls: 0,
      errors: 0,
      series: undefined,
      recent: undefined,
    }
    tableTotal.add(owner, entryOctets(registration))
    if (match === 'wildcard') this.#wildcards.add(uri, ownerOf(session))
    this.#index.set(match, uri, registration)
    this.#byId.set(id, registration)
    if (isForRouter(uri)) this.#own++
    this.#version++
    return registration
  }

  attach(registration: Registration, callee: Callee): void {
    insertCallee(registration, callee)
    if (!isCallable(callee)) registration.pending++
    callee.session.addRegistration(registration, octetsOf(registration, callee.share))
    this.#changed(registration)
  }

  /** A pending callee has got its place. */
  confirm(registration: Registration, callee: Callee): void {
    if (!isCallable(callee)) registration.pending--
    callee.isPending = false
    this.#changed(registration)
  }

  /** The session of a callee has left: it is not called any more, and its place ends in a later turn. */
  retire(registration: Registration, session: Session): void {
    const callee = registration.callees.find((each) => each.session === session)
    if (callee === undefined || callee.isRetired) return
    if (isCallable(callee)) registration.pending++
    callee.isRetired = true
    registration.preferred = undefined
  }

  /** Removes a callee, and a registration without callees. The session must be a callee of it. */
  detach(registration: Registration, session: Session): Callee | undefined {
    const callee = removeCallee(registration, session)
    if (callee !== undefined && !hasTwin(registration, callee)) giveBackShare(registration, session, callee.share)
    session.removeRegistration(registration, octetsOf(registration, callee?.share))
    if (callee !== undefined && !isCallable(callee)) registration.pending--
    if (registration.callees.length === 0) this.#delete(registration)
    this.#changed(registration)
    return callee
  }

  /** Which callees are preferred may have changed, because a node is about to stop. */
  followNodes(): void {
    for (const registration of this.#byId.values()) this.#changed(registration)
  }

  #changed(registration: Registration): void {
    const { callees, pending, preferred } = registration
    // Where this router stands alone, only those whose sessions have left cannot be called.
    if (this.#context.cluster === undefined && pending === 0) registration.preferred = callees
    else if (preferred !== callees) registration.preferred = undefined
  }

  #delete(registration: Registration): void {
    const { id, uri, match, owner } = registration
    this.#index.delete(match, uri)
    if (match === 'wildcard') this.#wildcards.remove(uri)
    this.#context.tableTotal.add(owner, -entryOctets(registration))
    this.#byId.delete(id)
    if (isForRouter(uri)) this.#own--
    this.#version++
  }

  /** The same while the best one has no callee that may be called yet: as if it did not exist. */
  #bestCallable(procedure: string): Registration | undefined {
    const exact = this.#index.exact(procedure)
    if (exact !== undefined && hasCallable(exact)) return exact
    if (isForRouter(procedure)) return undefined
    let [prefix, wildcard]: [Registration | undefined, Registration | undefined] = [undefined, undefined]
    this.#index.forEachPattern(procedure, (each) => {
      if (!hasCallable(each)) return
      if (each.match === 'prefix') prefix = each
      else wildcard ??= each
    })
    return prefix ?? wildcard
  }
}

function hasCallable({ callees, pending }: Registration): boolean {
  return pending < callees.length
}

/** Whether another node gave the number of a callee to one of its own too. */
function hasTwin({ callees }: Registration, { share, stamp }: Callee): boolean {
  return share !== undefined && stamp > 0 && callees.some((each) => each.share?.node === share.node)
}

/** What the place of a callee takes. */
function octetsOf({ invoke }: Registration, share: Share | undefined): number {
  return placeOctets({ invoke, namesShards: share?.shards !== undefined })
}
