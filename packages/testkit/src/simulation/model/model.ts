// The naive model of a router, written from the text of the protocol: for each input it says which messages must be sent to which peer.
// Shares no code with the router; slow on purpose.

import type { SerializerName } from '@trunkline/protocol'
import type { ClientPlan, Plan } from '../settings.ts'
import { dynamicVerdict } from '../settings.ts'
import { denialOf, ModelBroker } from './broker.ts'
import { ModelDealer } from './dealer.ts'
import { AtLeast, Ref, REST, TEXT } from './expectation.ts'
import { historiesOf } from './history.ts'
import { idsOf } from './ids.ts'
import { detailsOf, ModelMeta } from './meta.ts'
import { readRoles } from './roles.ts'
import { isWellFormed, withoutNulls } from './shapes.ts'
import type { Action, Asked, Choices, EventFacts, ModelContext, ModelRealm, ModelSession, Outlet, Peer, Place } from './state.ts'
import { ERRORS } from './state.ts'
import type { Match, NaiveRights } from './uris.ts'
import { isReserved, isValid } from './uris.ts'

/** The limits of time of a router, in milliseconds. */
export const TIMES = { hello: 10_000, goodbye: 5_000, reuse: 2_000, stall: 10_000 } as const

const LIMITS = { opening: TIMES.hello, left: TIMES.reuse, closing: TIMES.goodbye, open: Infinity, dead: Infinity }

type Options = Readonly<Record<string, unknown>>

const REQUESTS: readonly unknown[] = [16, 32, 34, 48, 64, 66]

export interface ModelOptions {
  readonly plan: Plan
  readonly rights: NaiveRights
  readonly choices: Choices
  readonly outlet: Outlet
  now(): number
  /** The clock for dates; it jumps. */
  date(): number
  /** Whose connection it is. */
  clientOf(connection: number): Pick<ClientPlan, 'role' | 'authid'>
}

export class Model {
  readonly realms: readonly ModelRealm[]
  readonly peers = new Map<number, Peer>()
  readonly #options: ModelOptions
  readonly #context: ModelContext
  readonly #broker: ModelBroker
  readonly #dealer: ModelDealer
  readonly #meta: ModelMeta
  #last = 0
  /** Sessions that end together, each by its own node, and the one whose end is looked at. */
  #dying: readonly ModelSession[] = []
  #ending: ModelSession | undefined

  constructor(options: ModelOptions) {
    this.#options = options
    const { nodes = 1 } = options.plan
    const idOf = idsOf(nodes)
    const areTogether = (a: Peer, b: Peer): boolean => a.index % nodes === b.index % nodes
    this.realms = options.plan.realms.map((plan) => {
      const histories = historiesOf(plan, options.date(), idOf)
      const subscriptions = histories.map(({ subscription }) => subscription)
      return { plan, isCluster: nodes > 1, sessions: [], subscriptions, registrations: [], retained: [], histories, calls: [] }
    })
    this.#context = {
      choices: options.choices,
      outlet: options.outlet,
      now: () => options.now(),
      date: () => options.date(),
      next: () => ++this.#last,
      areTogether,
      dying: () => this.#dying,
      mayBeGone: (session) => this.#mayBeGone(session),
      laneOf: (lane, { peer }) => (nodes === 1 ? lane : `${lane} of ${peer.index % nodes}`),
      idOf,
      allows: (session, action, uri, match) => this.#allows(session, action, uri, match),
      send: (session, message, place, event) => this.#send(session, message, place, event),
      offer: (session, message, place) => this.#offer(session, message, place),
      announce: (realm, topic, args, place) => this.#broker.announce(realm, topic, args, place),
    }
    this.#broker = new ModelBroker(this.#context)
    this.#dealer = new ModelDealer(this.#context)
    this.#meta = new ModelMeta(this.#context, {
      killAll: (...order) => this.#killAll(...order),
      unsubscribe: (...order) => this.#broker.revoke(...order),
      unregister: (...order) => this.#dealer.revoke(...order),
    })
  }

  /** A transport was opened. */
  opened(index: number, serializer: SerializerName, maxBytes: number): void {
    this.peers.set(index, { index, serializer, maxBytes, phase: 'opening', since: this.#options.now(), session: undefined })
  }

  /** A message arrived; undefined for bytes that are none. */
  received(index: number, list: readonly unknown[] | undefined): void {
    const peer = this.#peer(index)
    switch (peer.phase) {
      case 'dead':
        return
      case 'opening':
      case 'left':
        return this.#receiveOutside(peer, list)
      case 'closing':
        return this.#receiveClosing(peer, list)
      case 'open':
        return this.#receiveOpen(peer, list)
    }
  }

  /** The transport has ended. */
  over(index: number): void {
    const peer = this.#peer(index)
    this.#leave(peer)
    peer.phase = 'dead'
  }

  /** The router checked the time: which limits have passed? */
  tick(): void {
    const now = this.#options.now()
    for (const realm of this.realms) this.#broker.notifyOfGaps(realm)
    for (const peer of this.peers.values()) {
      if (now - peer.since < LIMITS[peer.phase]) continue
      peer.phase = 'dead'
      this.#options.outlet.expectClose(peer)
    }
  }

  /** When the time limit of the next call passes. */
  nextDeadline(): number {
    return Math.min(...this.realms.map((realm) => this.#dealer.nextDeadline(realm)))
  }

  /** Ends calls whose time limit has passed. */
  expire(): void {
    for (const realm of this.realms) this.#dealer.expire(realm)
  }

  /** The router closed a peer that does not read: its last message says so. */
  slow(index: number): void {
    const peer = this.#peer(index)
    this.#leave(peer)
    this.#abort(peer, ERRORS.slow)
  }

  #receiveOutside(peer: Peer, list: readonly unknown[] | undefined): void {
    if (!isWellFormed(list)) return this.#abort(peer, ERRORS.violation)
    const [type, realmName, details] = list
    if (type === 3) return this.#end(peer)
    if (type !== 1) return this.#abort(peer, ERRORS.violation)
    if (!isValid(realmName as string, 'exact')) return this.#abort(peer, ERRORS.invalidUri)
    const roles = readRoles((details as Options)['roles'])
    if (roles === undefined) return this.#abort(peer, ERRORS.violation)
    const realm = this.realms.find(({ plan }) => plan.name === realmName)
    if (realm === undefined) return this.#abort(peer, ERRORS.noSuchRealm)
    this.#replace(peer, realm, (details as Options)['_replaces'])
    this.#join(peer, realm, roles)
  }

  /** A client that connects again ends its former session, if that has the same principal. */
  #replace(peer: Peer, realm: ModelRealm, id: unknown): void {
    const { role, authid } = this.#options.clientOf(peer.index)
    const old = realm.sessions.find((each) => each.id.value === id && each.role === role && each.authid.value === authid)
    if (old !== undefined && authid !== undefined) this.#kill(old, ERRORS.replaced, TEXT, false)
  }

  #join(peer: Peer, realm: ModelRealm, features: readonly string[]): void {
    const { role, authid } = this.#options.clientOf(peer.index)
    const session: ModelSession = {
      id: new Ref('session'),
      authid: new Ref('text', authid),
      role,
      realm,
      peer,
      // Both spellings are in use.
      canCancel: features.includes('callee.call_canceling') || features.includes('callee.call_cancelling'),
      canProgress: features.includes('callee.progressive_call_results'),
      features,
      streams: new Set(),
      subscriptions: [],
      testaments: [],
      lastRequest: 0,
      lastInvocation: 0,
      isOpen: true,
    }
    peer.phase = 'open'
    peer.session = session
    const welcome = {
      realm: realm.plan.name,
      authid: session.authid,
      authrole: session.role,
      authmethod: 'anonymous',
      authprovider: 'static',
    }
    this.#send(session, [
      2,
      session.id,
      new AtLeast({ ...welcome, roles: new AtLeast({ broker: new AtLeast({}), dealer: new AtLeast({}) }) }),
    ])
    realm.sessions.push(session)
    this.#context.announce(realm, 'wamp.session.on_join', [detailsOf(session)], { lane: 'joins', rank: this.#context.next() })
  }

  #receiveClosing(peer: Peer, list: readonly unknown[] | undefined): void {
    if (isWellFormed(list)) {
      if (list[0] === 6 || list[0] === 3) this.#end(peer)
    } else {
      // Every other message is ignored until the answer comes; bytes that are no message may end the connection.
      this.#options.outlet.expect(peer, [3, new AtLeast({}), ERRORS.violation, REST], {
        lane: 'end',
        rank: 0,
        isOptional: true,
        isEnd: true,
      })
    }
  }

  #receiveOpen(peer: Peer, list: readonly unknown[] | undefined): void {
    const { session } = peer
    if (session === undefined) return
    if (!isWellFormed(list)) return this.#abort(peer, ERRORS.violation)
    const [type, first, second, third, ...payload] = withoutNulls(list) as readonly [number, ...unknown[]]
    if (REQUESTS.includes(type)) {
      if (!this.#mayFollow(session, type, first as number)) return this.#abort(peer, ERRORS.violation)
      // The request id of a message that continues an earlier call is not part of the sequence.
      const isChunk = type === 48 && session.streams.has(first as number)
      if (!isChunk || first === session.lastRequest + 1) session.lastRequest = first as number
    }
    const [id, options, text] = [first as number, second as Options, third as string]
    switch (type) {
      case 3:
        return this.#end(peer)
      case 6:
        return this.#answerGoodbye(peer)
      case 8:
        return this.#receiveError(peer, session, withoutNulls(list))
      case 16:
        return this.#broker.publish(session, { request: id, options, topic: text, payload })
      case 32:
        return this.#broker.subscribe(session, id, options, text)
      case 34:
        return this.#broker.unsubscribe(session, id, second as number)
      case 48:
        return this.#receiveCall({ caller: session, request: id, options, procedure: text, payload })
      case 49:
        return this.#dealer.cancel(session, id, (options['mode'] ?? 'killnowait') as string)
      case 64:
        return this.#dealer.register(session, id, options, text)
      case 66:
        return this.#dealer.unregister(session, id, second as number)
      case 70:
        if (id > session.lastInvocation) return this.#abort(peer, ERRORS.violation)
        return this.#dealer.yield(session, id, options, withoutNulls(list).slice(3))
      case 337:
        return // The router does not act on this message.
      default:
        return this.#abort(peer, ERRORS.violation)
    }
  }

  /** Whether a request id may come after the last one, by the rule of the realm. Never may that of a call that is still open. */
  #mayFollow({ realm, lastRequest, peer }: ModelSession, type: number, id: number): boolean {
    if (type === 48 && peer.session?.streams.has(id) === true) return true
    if (type === 48 && realm.calls.some(({ caller, request }) => caller === peer.session && request === id)) return false
    const next = lastRequest === 2 ** 53 ? 1 : lastRequest + 1
    const rule = realm.plan.requestIds
    return rule === 'tolerant' || id === next || (rule === 'increasing' && id > lastRequest)
  }

  #receiveError(peer: Peer, session: ModelSession, list: readonly unknown[]): void {
    const [, requestType, invocation, , error, ...payload] = list as [8, number, number, Options, string, ...unknown[]]
    if (requestType !== 68 || invocation > session.lastInvocation) return this.#abort(peer, ERRORS.violation)
    this.#dealer.fail(session, invocation, error, payload)
  }

  #receiveCall(asked: Asked): void {
    const { caller: session, request, options, procedure, payload } = asked
    if (session.streams.has(request)) {
      // After the last chunk none can be late: there the id is free once the call has ended.
      if (session.realm.plan.requestIds === 'tolerant' && options['progress'] !== true) session.streams.delete(request)
      if (!this.#dealer.continue(asked)) this.#abort(session.peer, ERRORS.violation)
      return
    }
    if (options['progress'] === true) session.streams.add(request)
    const denial = denialOf(isValid(procedure, 'exact'), this.#allows(session, 'call', procedure, 'exact'))
    if (denial !== undefined) {
      this.#send(session, [8, 48, request, {}, denial, REST], { lane: `call ${request}`, rank: this.#context.next() })
      return
    }
    if (!isReserved(procedure) || this.#dealer.isAtLimit(session)) return this.#dealer.call(asked)
    this.#meta.call(session, request, procedure, payload)
  }

  #answerGoodbye(peer: Peer): void {
    if (peer.session !== undefined) this.#send(peer.session, [6, new AtLeast({}), 'wamp.close.goodbye_and_out'])
    this.#leave(peer)
    peer.phase = 'left'
    peer.since = this.#options.now()
  }

  /** Each node ends its own sessions: which of two that are on different nodes ends first is open, and what the other gets of that. */
  #killAll(sessions: readonly ModelSession[], reason: string, message: unknown, isSilent: boolean): void {
    this.#dying = sessions
    for (const session of sessions) {
      this.#ending = session
      this.#dealer.mayEndBefore(session)
      this.#kill(session, reason, message, isSilent)
    }
    this.#dying = []
    this.#ending = undefined
    this.#broker.forgetDying()
    this.#dealer.forgetDying()
  }

  #kill(session: ModelSession, reason: string, message: unknown, isSilent: boolean): void {
    const { peer } = session
    this.#send(session, [6, message === undefined ? {} : { message }, reason])
    this.#leave(peer, isSilent)
    peer.phase = 'closing'
    peer.since = this.#options.now()
  }

  /** The peer broke the protocol, or may not join: ABORT, then the transport is closed. */
  #abort(peer: Peer, reason: string): void {
    if (peer.phase === 'dead') return
    this.#leave(peer)
    this.#options.outlet.expect(peer, [3, new AtLeast({}), reason, REST], { lane: 'end', rank: 0 })
    peer.phase = 'dead'
    this.#options.outlet.expectClose(peer)
  }

  /** The peer ended it: there is no answer to an ABORT or to the answer to a GOODBYE. */
  #end(peer: Peer): void {
    this.#leave(peer)
    peer.phase = 'dead'
    this.#options.outlet.expectClose(peer)
  }

  #leave(peer: Peer, isSilent = false): void {
    const { session } = peer
    peer.session = undefined
    if (session === undefined) return
    session.isOpen = false
    const { realm } = session
    realm.sessions = realm.sessions.filter((each) => each !== session)
    this.#broker.leave(session)
    this.#options.outlet.forget(peer, undefined)
    this.#dealer.leave(session)
    for (const scope of ['detached', 'destroyed']) {
      const due = session.testaments.filter((each) => each.scope === scope)
      for (const testament of due) this.#broker.publish(session, { request: 0, ...testament })
    }
    if (isSilent) return
    this.#context.announce(realm, 'wamp.session.on_leave', [session.id, session.authid, session.role], {
      lane: this.#context.laneOf('leaves', session),
      rank: this.#context.next(),
    })
  }

  #allows(session: ModelSession, action: Action, uri: string, match: Match): boolean | 'failed' {
    if (session.realm.plan.rights === 'dynamic') return dynamicVerdict(session.role, action, uri)
    const verdict = this.#options.rights.allows(session.role, action, uri, match)
    return verdict === 'either' ? this.#options.choices.grants(session.role, action, uri, match) : verdict
  }

  #send(session: ModelSession, message: readonly unknown[], place?: Place, event?: EventFacts): void {
    const isOptional = this.#mayBeGone(session)
    if (!session.isOpen && !isOptional) return
    const given = place ?? { lane: 'session', rank: this.#context.next() }
    this.#options.outlet.expect(session.peer, message, isOptional ? { ...given, isOptional } : given, event)
  }

  #mayBeGone(session: ModelSession): boolean {
    const ending = this.#ending
    return ending !== undefined && this.#dying.includes(session) && !this.#context.areTogether(ending.peer, session.peer)
  }

  #offer(session: ModelSession, message: readonly unknown[], place: Place): boolean {
    if (session.isOpen && this.#options.outlet.wasRefused(session.peer, message)) return false
    this.#send(session, message, place)
    return true
  }

  #peer(index: number): Peer {
    const peer = this.peers.get(index)
    if (peer === undefined) throw new Error(`the model knows no connection ${index}`)
    return peer
  }
}
