// The meta procedures by the letter of the protocol: what each must answer, from the lists of the model.

import { denialOf, isoTime } from './broker.ts'
import { noRoom } from './dealer.ts'
import type { OneTail } from './expectation.ts'
import { AnyOrder, AtLeast, OneOf, REST, TEXT } from './expectation.ts'
import { answerFrom, readQuery } from './history.ts'
import { best } from './matching.ts'
import type { Action, ModelContext, ModelRealm, ModelRegistration, ModelSession, ModelSubscription, Place } from './state.ts'
import { ERRORS } from './state.ts'
import { isReserved, isValid, matches } from './uris.ts'

/** What one session can make the router do to another. */
export interface Powers {
  killAll(sessions: readonly ModelSession[], reason: string, message: string | undefined, isSilent: boolean): void
  unsubscribe(member: ModelSession, subscription: ModelSubscription, reason: unknown): void
  unregister(callee: ModelSession, registration: ModelRegistration, reason: unknown): void
}

type Answer = { readonly result: readonly unknown[] } | { readonly events: OneTail } | { readonly error: unknown }

/** Whether a caller may see an entry: it has it, or may use it. */
type Sees = (entry: ModelRegistration | ModelSubscription) => boolean

type Kwargs = Readonly<Record<string, unknown>>

const MOST_TESTAMENTS = 16

export class ModelMeta {
  readonly #context: ModelContext
  readonly #powers: Powers

  constructor(context: ModelContext, powers: Powers) {
    this.#context = context
    this.#powers = powers
  }

  call(caller: ModelSession, request: number, procedure: string, payload: readonly unknown[]): void {
    const [args = [], kwargs = {}] = payload as readonly [(readonly unknown[])?, Kwargs?]
    const place = (): Place => ({ lane: `call ${request}`, rank: this.#context.next() })
    if (this.#context.outlet.wasNotPerformed(caller.peer, request)) return this.#context.send(caller, noRoom(request), place())
    const answer = this.#answer(caller, procedure, args, kwargs)
    const message = messageOf(request, answer)
    if (this.#isTooLong(caller, message)) return this.#context.send(caller, [8, 48, request, {}, ERRORS.tooLarge, REST], place())
    if (!this.#context.offer(caller, message, place())) this.#context.send(caller, noRoom(request), place())
  }

  #answer(caller: ModelSession, procedure: string, args: readonly unknown[], kwargs: Kwargs): Answer {
    const [, group, name = '', verb] = procedure.split('.')
    const { realm } = caller
    if (group === 'reflection' && verb === 'list') return this.#known(caller, name)
    if (name === 'remove_callee' || name === 'remove_subscriber') return this.#remove(caller, group, args, kwargs)
    if (name === 'get_events') return this.#events(caller, args, kwargs)
    if (name === 'add_testament') return this.#addTestament(caller, args, kwargs)
    if (name === 'flush_testaments') {
      caller.testaments = caller.testaments.filter(({ scope }) => scope !== (kwargs['scope'] ?? 'destroyed'))
      return { result: [] }
    }
    if (group === 'session') return this.#session(caller, name, args, kwargs)
    if (group === 'registration') return registrationAnswer(realm, name, args, this.#view(caller, OF_PROCEDURES))
    if (group === 'subscription') return subscriptionAnswer(realm, name, args, this.#view(caller, OF_TOPICS))
    return { error: ERRORS.noSuchProcedure }
  }

  #view(caller: ModelSession, actions: readonly Action[]): Sees {
    return (entry) => {
      const isHeld = 'members' in entry ? entry.members.includes(caller) : entry.callees.some(({ session }) => session === caller)
      if (isHeld) return true
      // An authorizer that answers later is not asked about every entry of a list.
      if (caller.realm.plan.rights === 'dynamic') return false
      return actions.some((action) => this.#context.allows(caller, action, entry.uri, entry.match) === true)
    }
  }

  /** The URIs in use that the lists show to a session too. */
  #known(caller: ModelSession, kind: string): Answer {
    const { realm } = caller
    if (kind !== 'procedure' && kind !== 'topic') return { result: [[]] }
    const used = kind === 'topic' ? visible(realm) : realm.registrations
    const sees = this.#view(caller, kind === 'topic' ? OF_TOPICS : OF_PROCEDURES)
    return { result: [new AnyOrder(used.flatMap((entry) => (entry.match === 'exact' && sees(entry) ? [entry.uri] : [])))] }
  }

  #remove(caller: ModelSession, group: string | undefined, [id, victim]: readonly unknown[], { reason }: Kwargs): Answer {
    const isCallee = group === 'registration'
    const unknownId = isCallee ? ERRORS.noSuchRegistration : ERRORS.noSuchSubscription
    if (!isId(id)) return { error: badId(id, unknownId) }
    const session = caller.realm.sessions.find((each) => each.id.value === victim)
    const isBad = reason !== undefined && (typeof reason !== 'string' || !isValid(reason, 'exact'))
    const noSuch = isId(victim) ? ERRORS.noSuchSession : badId(victim, ERRORS.noSuchSession)
    const missing = isBad ? new OneOf(ERRORS.noSuchSession, ERRORS.invalidArgument, ERRORS.invalidUri) : noSuch
    if (isCallee) {
      const registration = caller.realm.registrations.find((each) => each.id.value === id)
      if (registration === undefined || !this.#view(caller, OF_PROCEDURES)(registration)) return { error: unknownId }
      if (session === undefined || !registration.callees.some((each) => each.session === session)) return { error: missing }
      if (isBad) return { error: ERRORS.invalidUri }
      this.#powers.unregister(session, registration, reason)
    } else {
      const subscription = visible(caller.realm).find((each) => each.id.value === id)
      if (subscription === undefined || !this.#view(caller, OF_TOPICS)(subscription)) return { error: unknownId }
      if (session === undefined || !subscription.members.includes(session)) return { error: missing }
      if (isBad) return { error: ERRORS.invalidUri }
      this.#powers.unsubscribe(session, subscription, reason)
    }
    return { result: [] }
  }

  /** How long an answer is shows only once the ids in it are known. */
  #isTooLong(caller: ModelSession, message: readonly unknown[]): boolean {
    const { outlet } = this.#context
    const { least, most } = outlet.measure(caller.peer, message)
    const { maxBytes } = caller.peer
    return least > maxBytes || (most > maxBytes && outlet.isTooLong(caller.peer, message))
  }

  #events(caller: ModelSession, [id]: readonly unknown[], kwargs: Kwargs): Answer {
    if (!isId(id)) return { error: badId(id, ERRORS.noSuchSubscription) }
    const found = visible(caller.realm).find((each) => each.id.value === id)
    const verdict = found === undefined ? true : this.#context.allows(caller, 'subscribe', found.uri, found.match)
    const query = readQuery(kwargs)
    const errors: unknown[] = found === undefined ? [ERRORS.noSuchSubscription] : []
    if (verdict !== true) errors.push(denialOf(true, verdict))
    if (query === undefined) errors.push(ERRORS.invalidArgument)
    if (found === undefined || query === undefined || errors.length > 0) return { error: new OneOf(...errors) }
    return { events: answerFrom(this.#context, caller, found, query) }
  }

  #addTestament(caller: ModelSession, [topic, args, dict]: readonly unknown[], kwargs: Kwargs): Answer {
    const scope = kwargs['scope'] ?? 'destroyed'
    if (typeof topic !== 'string' || (scope !== 'detached' && scope !== 'destroyed')) return { error: ERRORS.invalidArgument }
    const options = (kwargs['publish_options'] ?? {}) as Kwargs
    const denial = denialOf(isValid(topic, 'exact') && !isReserved(topic), this.#context.allows(caller, 'publish', topic, 'exact'))
    const errors: unknown[] = denial === undefined ? [] : [denial]
    if (options['disclose_me'] === true && !caller.realm.plan.allowsDisclosure) errors.push(ERRORS.disclosure)
    if (caller.testaments.length >= MOST_TESTAMENTS) errors.push(ERRORS.limit)
    if (errors.length > 0) return { error: new OneOf(...errors) }
    const payload = dict === undefined ? (args === undefined ? [] : [args]) : [args, dict]
    caller.testaments = [...caller.testaments, { scope, topic, options, payload }]
    return { result: [] }
  }

  #session(caller: ModelSession, name: string, args: readonly unknown[], kwargs: Kwargs): Answer {
    const { realm } = caller
    const [first] = args
    switch (name) {
      case 'count':
      case 'list': {
        if (first !== undefined && !isListOfTexts(first)) return { error: ERRORS.invalidArgument }
        const found = realm.sessions.filter(({ role }) => first === undefined || (first as readonly unknown[]).includes(role))
        return { result: [name === 'count' ? found.length : new AnyOrder(found.map(({ id }) => id))] }
      }
      case 'get': {
        if (!isId(first)) return { error: badId(first, ERRORS.noSuchSession) }
        const session = realm.sessions.find(({ id }) => id.value === first)
        return session === undefined ? { error: ERRORS.noSuchSession } : { result: [detailsOf(session)] }
      }
      case 'kill':
      case 'kill_by_authid':
      case 'kill_by_authrole':
      case 'kill_all':
        return this.#kills(caller, name, args, kwargs)
      default:
        return { error: ERRORS.noSuchProcedure }
    }
  }

  #kills(caller: ModelSession, name: string, args: readonly unknown[], { reason, message }: Kwargs): Answer {
    const { realm } = caller
    const [first] = args
    const isOne = name === 'kill'
    if (isOne && !isId(first)) return { error: badId(first, ERRORS.noSuchSession) }
    if (!isOne && name !== 'kill_all' && typeof first !== 'string') return { error: ERRORS.invalidArgument }
    const others = realm.sessions.filter((each) => each !== caller)
    const victims = others.filter(({ id, authid, role }) => {
      if (name === 'kill_all') return true
      return (isOne ? id.value : name === 'kill_by_authid' ? authid.value : role) === first
    })
    const errors: string[] = []
    if (reason !== undefined && (typeof reason !== 'string' || !isValid(reason, 'exact'))) errors.push(ERRORS.invalidUri)
    if (isOne && victims.length === 0) errors.push(ERRORS.noSuchSession)
    if (errors.length > 0) return { error: new OneOf(...errors) }
    this.#powers.killAll(victims, (reason ?? 'wamp.close.killed') as string, message as string | undefined, name === 'kill_all')
    if (isOne) return { result: [] }
    return { result: [name === 'kill_by_authid' ? new AnyOrder(victims.map(({ id }) => id)) : victims.length] }
  }
}

function messageOf(request: number, answer: Answer): readonly unknown[] {
  if ('error' in answer) return [8, 48, request, answer.error === ERRORS.noSuchProcedure ? { callees: 0 } : {}, answer.error, REST]
  if ('events' in answer) return [50, request, {}, answer.events]
  return [50, request, {}, answer.result.length === 0 ? REST : answer.result]
}

const OF_PROCEDURES: readonly Action[] = ['call', 'register', 'see']
const OF_TOPICS: readonly Action[] = ['subscribe', 'publish', 'see']

function registrationAnswer(realm: ModelRealm, name: string, args: readonly unknown[], sees: Sees): Answer {
  const [first] = args
  switch (name) {
    case 'list':
      return { result: [byMatch(realm.registrations, sees)] }
    case 'lookup': {
      const found = lookUp(realm.registrations, args)
      return found === 'bad' ? { error: ERRORS.invalidArgument } : { result: [shown(found, sees)] }
    }
    case 'match':
      if (typeof first !== 'string') return { error: ERRORS.invalidArgument }
      {
        const found = best(realm.registrations, first)
        return { result: [found === undefined ? null : shown({ ...found, uri: first, match: 'exact' }, sees)] }
      }
    case 'get':
    case 'list_callees':
    case 'count_callees': {
      if (!isId(first)) return { error: badId(first, ERRORS.noSuchRegistration) }
      const found = realm.registrations.find(({ id }) => id.value === first)
      if (found === undefined || !sees(found)) return { error: ERRORS.noSuchRegistration }
      const { id, uri, match, invoke, created, callees } = found
      if (name === 'get') return { result: [{ id, created: isoTime(created), uri, match, invoke }] }
      return { result: [name === 'count_callees' ? callees.length : new AnyOrder(callees.map(({ session }) => session.id))] }
    }
    default:
      return { error: ERRORS.noSuchProcedure }
  }
}

function subscriptionAnswer(realm: ModelRealm, name: string, args: readonly unknown[], sees: Sees): Answer {
  const [first] = args
  switch (name) {
    case 'list':
      return { result: [byMatch(visible(realm), sees)] }
    case 'lookup': {
      const found = lookUp(visible(realm), args)
      return found === 'bad' ? { error: ERRORS.invalidArgument } : { result: [shown(found, sees)] }
    }
    case 'match': {
      if (typeof first !== 'string') return { error: ERRORS.invalidArgument }
      const found = realm.subscriptions.filter(
        (each) => matches(each.match, each.uri, first) && sees({ ...each, uri: first, match: 'exact' }),
      )
      return { result: [found.length === 0 ? null : new AnyOrder(found.map(({ id }) => id))] }
    }
    case 'get':
    case 'list_subscribers':
    case 'count_subscribers': {
      if (!isId(first)) return { error: badId(first, ERRORS.noSuchSubscription) }
      const found = visible(realm).find(({ id }) => id.value === first)
      if (found === undefined || !sees(found)) return { error: ERRORS.noSuchSubscription }
      const { id, uri, match, created, members } = found
      // When the node that was the first has none any more, the others know only when they had it.
      if (name === 'get') return { result: [{ id, created: realm.isCluster ? TEXT : isoTime(created), uri, match }] }
      return { result: [name === 'count_subscribers' ? members.length : new AnyOrder(members.map((member) => member.id))] }
    }
    default:
      return { error: ERRORS.noSuchProcedure }
  }
}

/** Subscriptions to the router's own topics produce no meta events; the router shows them in no list either. */
function visible(realm: ModelRealm): ModelSubscription[] {
  return realm.subscriptions.filter(({ uri }) => !isReserved(uri))
}

function lookUp<Entry extends ModelRegistration | ModelSubscription>(
  entries: readonly Entry[],
  args: readonly unknown[],
): Entry | 'bad' | undefined {
  const [uri, options] = args
  if (typeof uri !== 'string') return 'bad'
  if (options !== undefined && (typeof options !== 'object' || options === null)) return 'bad'
  const match = (options as Kwargs | undefined)?.['match'] ?? 'exact'
  return entries.find((each) => each.uri === uri && each.match === match)
}

function shown(entry: ModelRegistration | ModelSubscription | undefined, sees: Sees): unknown {
  if (entry === undefined) return null
  return sees(entry) ? entry.id : null
}

function byMatch(entries: readonly (ModelRegistration | ModelSubscription)[], sees: Sees): unknown {
  const ids = (match: string): unknown => new AnyOrder(entries.filter((each) => each.match === match && sees(each)).map(({ id }) => id))
  return { exact: ids('exact'), prefix: ids('prefix'), wildcard: ids('wildcard') }
}

/** The details of a session, for callers that ask and for subscribers of joins. */
export function detailsOf({ id, authid, role }: ModelSession): AtLeast {
  return new AtLeast({ session: id, authid, authrole: role, authmethod: 'anonymous', authprovider: 'static' })
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** A number that is no id has the right type for some and not for others. */
function badId(value: unknown, unknownId: string): unknown {
  return typeof value === 'number' ? new OneOf(ERRORS.invalidArgument, unknownId) : ERRORS.invalidArgument
}

function isId(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0
}
