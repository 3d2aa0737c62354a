// The promises that hold whatever the model says, checked on the history of messages in and out alone. Every payload
// carries a token of its own, by which it is recognized.

import { isEligible } from './eligible.ts'
import { SimulationFailure } from './failure.ts'
import type { NaiveRights } from './model/uris.ts'
import type { PastEvent } from './script.ts'
import { pastEventsIn } from './script.ts'
import type { Plan } from './settings.ts'

type Options = Readonly<Record<string, unknown>>

/** One session, by its connection. */
interface Side {
  session: number
  authid: string
  role: string
  isStatic: boolean
  /** Its realm takes any request id of a call that is not open. */
  isTolerant: boolean
  /** Attached: by SUBSCRIBED and REGISTERED. */
  subscriptions: Set<number>
  registrations: Set<number>
  /** The subjects of UNSUBSCRIBE and UNREGISTER not answered yet, by type and request id. */
  requests: Map<string, number[]>
  /** The request ids of progressive calls. */
  streams: Set<number>
  /** Open calls with the tokens that they carry; where ids may be used again, several in their order. */
  calls: Map<number, (string | undefined)[]>
  lastInvocation: number
  /** The last publication from each connection. */
  lastFrom: Map<number, number>
  events: Set<string>
}

interface Sent {
  readonly from: number
  readonly uri: string
  readonly options: Options
  readonly order: number
}

interface Called {
  readonly from: number
  readonly uri: string
  readonly request: number
}

interface Invoked {
  readonly callee: number
  readonly invocation: number
}

/** Of one call: the callees that were invoked for it, each after the one before was too busy. */
type Asked = readonly Invoked[]

export class Invariants {
  checks = 0
  readonly #plan: Plan
  readonly #rights: NaiveRights
  readonly #isStalled: (connection: number) => boolean
  readonly #sides = new Map<number, Side>()
  readonly #publications = new Map<string, Sent>()
  readonly #calls = new Map<string, Called>()
  readonly #invocations = new Map<string, Asked>()
  /** Invocations that their callees refused as too busy. */
  readonly #busy = new Set<string>()
  readonly #answers = new Map<string, Invoked>()
  #last = 0

  constructor(plan: Plan, rights: NaiveRights, isStalled: (connection: number) => boolean) {
    this.#plan = plan
    this.#rights = rights
    this.#isStalled = isStalled
  }

  /** A message goes into the router. */
  received(connection: number, list: readonly unknown[] | undefined): void {
    if (list === undefined) return
    const [type, id, options, text] = list
    const side = this.#sides.get(connection)
    if (side === undefined) return
    const uri = typeof text === 'string' ? text : ''
    const order = ++this.#last
    if (type === 16) {
      const token = tokenOf(list, 4)
      if (token !== undefined) this.#publications.set(token, { from: connection, uri, options: options as Options, order })
    } else if (type === 48 && text === 'wamp.session.add_testament') {
      this.#bequeathed(connection, list)
      side.calls.set(id as number, [...(side.calls.get(id as number) ?? []), undefined])
    } else if (type === 48) {
      const token = tokenOf(list, 4)
      // Chunks of a progressive call are answered together.
      const isChunk = side.streams.has(id as number)
      if ((options as Options)?.['progress'] === true) side.streams.add(id as number)
      else if (side.isTolerant) side.streams.delete(id as number)
      const open = side.calls.get(id as number)
      if (open === undefined && !isChunk) side.calls.set(id as number, [token])
      else if (!isChunk) open?.push(token)
      if (token !== undefined) this.#calls.set(token, { from: connection, uri, request: id as number })
    } else if (type === 34 || type === 66) {
      const key = `${type} ${id as number}`
      side.requests.set(key, [...(side.requests.get(key) ?? []), options as number])
    } else if (type === 70) this.#answered(tokenOf(list, 3), connection, id as number)
    else if (type === 8) {
      this.#answered(tokenOf(list, 5), connection, options as number)
      if (list[4] === 'wamp.error.unavailable') this.#busy.add(nameOf({ callee: connection, invocation: options as number }))
    }
  }

  /** A message comes out of the router. */
  sent(connection: number, list: readonly unknown[]): void {
    const [type, first, second] = list
    if (type === 2) return this.#welcomed(connection, first as number, second as Options)
    const side = this.#sides.get(connection)
    if (side === undefined) return
    this.checks++
    switch (type) {
      case 3:
      case 6: // The session has ended, and with it all its requests.
        side.calls.clear()
        return
      case 8:
        if (first === 48) this.#ended(connection, side, second as number, tokenOf(list, 5))
        else side.requests.get(`${first as number} ${second as number}`)?.shift()
        return
      case 33:
        side.subscriptions.add(second as number)
        return
      case 35:
        side.subscriptions.delete(first === 0 ? revoked(second, 'subscription') : subjectOf(side, 34, first as number))
        return
      case 36:
        return this.#checkEvent(connection, side, list)
      case 50:
        for (const event of pastEventsIn(list)) this.#checkPast(connection, side, event)
        return this.#checkResult(connection, side, list)
      case 65:
        side.registrations.add(second as number)
        return
      case 67:
        side.registrations.delete(first === 0 ? revoked(second, 'registration') : subjectOf(side, 66, first as number))
        return
      case 68:
        return this.#checkInvocation(connection, side, list)
    }
  }

  /** The connection has ended, and the router has handled that. */
  over(connection: number): void {
    this.#sides.delete(connection)
    for (const [token, asked] of this.#invocations) {
      const isHere = asked.some((each) => each.callee === connection && !this.#busy.has(nameOf(each)))
      const call = isHere ? this.#calls.get(token) : undefined
      const isOpen = call !== undefined && this.#sides.get(call.from)?.calls.get(call.request)?.includes(token) === true
      if (isOpen && !this.#isStalled(call.from)) fail('R1', `the call with ${token} has no end although its callee is gone`)
    }
  }

  /** How many calls of a connection have no end. */
  openCalls(connection: number): number {
    return [...(this.#sides.get(connection)?.calls.values() ?? [])].reduce((sum, tokens) => sum + tokens.length, 0)
  }

  #welcomed(connection: number, session: number, details: Options): void {
    const realm = this.#plan.realms.find(({ name }) => name === details['realm'])
    this.#sides.set(connection, {
      session,
      authid: String(details['authid']),
      role: String(details['authrole']),
      isStatic: realm?.rights === 'static',
      isTolerant: realm?.requestIds === 'tolerant',
      subscriptions: new Set(),
      registrations: new Set(),
      requests: new Map(),
      streams: new Set(),
      calls: new Map(),
      lastInvocation: 0,
      lastFrom: new Map(),
      events: new Set(),
    })
  }

  #checkEvent(connection: number, side: Side, list: readonly unknown[]): void {
    const [, subscription, publication] = list as [number, number, number]
    if (!side.subscriptions.has(subscription))
      fail('L4', `connection ${connection} got an EVENT of subscription ${subscription}, which it has not`)
    if ((list[3] as Options)['retained'] === true) return this.#checkRetained(connection, side, tokenOf(list, 4))
    const key = `${subscription} ${publication}`
    if (side.events.has(key)) fail('L1', `connection ${connection} got publication ${publication} twice on subscription ${subscription}`)
    side.events.add(key)
    const token = tokenOf(list, 4)
    if (token === undefined) return
    const sent = this.#publications.get(token)
    if (sent === undefined) return fail('L1', `connection ${connection} got an EVENT with ${token}, which no client published`)
    if ((side.lastFrom.get(sent.from) ?? 0) > sent.order)
      fail('L2', `connection ${connection} got the events of connection ${sent.from} out of order`)
    side.lastFrom.set(sent.from, sent.order)
    if (!isEligible(connection, side, sent)) fail('L6', `connection ${connection} got the event with ${token}, which is not for it`)
    this.#checkRight(side, 'subscribe', sent.uri)
  }

  /** A kept event comes again for each session that asks, and after newer ones. */
  #checkRetained(connection: number, side: Side, token: string | undefined): void {
    const sent = token === undefined ? undefined : this.#publications.get(token)
    if (token === undefined) return
    if (sent === undefined || sent.options['retain'] !== true)
      return fail('L1', `connection ${connection} got a retained EVENT with ${token}, which no publisher retained`)
    // Another session of its publisher may get it.
    if (!isEligible(connection, side, { ...sent, from: -1 }))
      fail('L6', `connection ${connection} got the event with ${token}, which is not for it`)
    this.#checkRight(side, 'subscribe', sent.uri)
  }

  /** A session that asks for past publications gets those that it may have by its authid and role; former session ids mean nothing. */
  #checkPast(connection: number, side: Side, { args, kwargs }: PastEvent): void {
    const token = tokenOf([args, kwargs], 0)
    if (token === undefined) return
    const sent = this.#publications.get(token)
    if (sent === undefined) return fail('L1', `connection ${connection} was shown an event with ${token}, which no client published`)
    const isForSessions = Array.isArray(sent.options['eligible']) || Array.isArray(sent.options['exclude'])
    if (isForSessions || !isEligible(connection, side, { ...sent, from: -1 }))
      fail('L6', `connection ${connection} was shown the event with ${token}, which is not for it`)
    this.#checkRight(side, 'subscribe', sent.uri)
  }

  /** What is published when the session ends comes from no open session. */
  #bequeathed(connection: number, list: readonly unknown[]): void {
    const [topic, args] = (list[4] ?? []) as readonly [string, (readonly unknown[])?]
    const { publish_options: options = {} } = (list[5] ?? {}) as { readonly publish_options?: Options }
    const token = tokenOf([args], 0)
    if (token !== undefined) this.#publications.set(token, { from: -2 - connection, uri: topic, options, order: 0 })
  }

  #checkInvocation(connection: number, side: Side, list: readonly unknown[]): void {
    const [, invocation, registration] = list as [number, number, number]
    // A running call may continue after the registration has ended.
    if (invocation > side.lastInvocation && !side.registrations.has(registration))
      fail('L4', `connection ${connection} got an INVOCATION of registration ${registration}, which it has not`)
    side.lastInvocation = Math.max(side.lastInvocation, invocation)
    const token = tokenOf(list, 4)
    if (token === undefined) return
    const asked = [...(this.#invocations.get(token) ?? []), { callee: connection, invocation }]
    const isTwice = asked.filter(({ callee }) => callee === connection).length > 1
    if (isTwice || asked.filter((each) => !this.#busy.has(nameOf(each))).length > 1) fail('R2', `the call with ${token} was invoked twice`)
    this.#invocations.set(token, asked)
    const call = this.#calls.get(token)
    if (call === undefined) return fail('R2', `connection ${connection} got an INVOCATION with ${token}, for which there is no call`)
    this.#checkRight(side, 'register', call.uri)
    const caller = this.#sides.get(call.from)
    if (caller !== undefined) this.#checkRight(caller, 'call', call.uri)
  }

  #checkResult(connection: number, side: Side, list: readonly unknown[]): void {
    const [, request, details] = list as [number, number, Options]
    if (details['progress'] !== true) return this.#ended(connection, side, request, tokenOf(list, 3))
    if (!side.calls.has(request)) fail('R5', `connection ${connection} got a progressive RESULT of call ${request}, which is over`)
    this.#checkOrigin(side.calls.get(request)?.[0], tokenOf(list, 3))
  }

  #ended(connection: number, side: Side, request: number, answer: string | undefined): void {
    if (!side.calls.has(request)) fail('R5', `connection ${connection} got a second end of call ${request}`)
    const open = side.calls.get(request) ?? []
    this.#checkOrigin(open.shift(), answer)
    if (open.length === 0) side.calls.delete(request)
  }

  /** What a caller gets was sent by the callee that was invoked for this call. */
  #checkOrigin(call: string | undefined, answer: string | undefined): void {
    if (call === undefined || answer === undefined) return
    const invoked = this.#invocations.get(call)
    const sent = this.#answers.get(answer)
    // If a callee does not read, its invocation cannot be seen.
    if (invoked === undefined) return
    if (!invoked.some(({ callee, invocation }) => sent?.callee === callee && sent.invocation === invocation))
      fail('R4', `the call with ${call} was answered by another: ${answer}`)
  }

  #answered(token: string | undefined, callee: number, invocation: number): void {
    if (token !== undefined) this.#answers.set(token, { callee, invocation })
  }

  #checkRight(side: Side, action: 'subscribe' | 'register' | 'call', uri: string): void {
    if (!side.isStatic) return
    if (this.#rights.allows(side.role, action, uri, 'exact') !== true)
      fail('authorization', `${side.role} met ${uri}, which it may not ${action}`)
  }
}

function nameOf({ callee, invocation }: Invoked): string {
  return `${callee} ${invocation}`
}

/** The subject of a request that is answered now. */
function subjectOf({ requests }: Side, type: 34 | 66, request: number): number {
  return requests.get(`${type} ${request}`)?.shift() ?? 0
}

function revoked(details: unknown, what: 'subscription' | 'registration'): number {
  return (details as Readonly<Record<string, number>>)[what] ?? 0
}

/** The token in the payload of a message. */
function tokenOf(list: readonly unknown[], payloadAt: number): string | undefined {
  const args = list[payloadAt]
  const token: unknown = Array.isArray(args) ? args[0] : undefined
  if (typeof token === 'string' && isToken(token)) return token
  const kwargs = list[payloadAt + 1] as Options | undefined
  const other = kwargs?.['k']
  return typeof other === 'string' ? other : undefined
}

/** A `t` and a digit. */
function isToken(text: string): boolean {
  const digit = text.charCodeAt(1)
  return text.charCodeAt(0) === 0x74 && digit >= 0x30 && digit <= 0x39
}

function fail(invariant: string, text: string): void {
  throw new SimulationFailure(invariant, text)
}
