// A client that speaks in literal arrays: it can send every message of the protocol, valid or not.

import type { ClientWorld, SimulatedClient } from './client.ts'
import { drawMeta } from './history-script.ts'
import { drawHostile } from './hostile.ts'
import type { Connection, Packet } from './network.ts'
import { Random } from './random.ts'
import { RequestIds } from './request-ids.ts'
import { drawOffer, drawPayload, drawProcedure, drawPublishOptions, drawTopic, matchOption } from './script.ts'
import type { ClientPlan, Step } from './settings.ts'
import type { Wire } from './wire.ts'

interface OpenStream {
  readonly request: number
  readonly procedure: string
  /** The last chunk was sent: none may follow. */
  isComplete: boolean
}

interface OpenInvocation {
  readonly id: number
  readonly wantsProgress: boolean
}

export class RawClient implements SimulatedClient {
  readonly index: number
  readonly plan: ClientPlan
  connection: Connection | undefined
  readonly #world: ClientWorld
  readonly #wire: Wire
  readonly #random: Random
  #phase: 'none' | 'opening' | 'open' | 'leaving' | 'left' = 'none'
  #lastSession: number | undefined
  #ids: RequestIds
  #lastInvocation = 0
  #subscriptions: number[] = []
  #registrations: number[] = []
  #calls: number[] = []
  #streams: OpenStream[] = []
  #invocations: OpenInvocation[] = []

  constructor(index: number, plan: ClientPlan, world: ClientWorld, random: Random) {
    this.index = index
    this.plan = plan
    this.#world = world
    this.#wire = world.wire(plan)
    this.#random = random
    this.#ids = this.#newIds()
  }

  act(step: Step): void {
    const random = new Random(step.seed)
    if (this.#phase === 'none' || this.#phase === 'left') return this.#join(random)
    if (this.#phase === 'opening') {
      if (step.kind === 'hostile') this.#misbehave(random)
      else if (step.kind === 'drop') this.connection?.cut()
      return
    }
    if (this.#phase === 'leaving') {
      if (step.kind === 'drop') this.connection?.cut()
      return
    }
    this.#actOpen(step.kind, random)
  }

  answerAll(): void {
    for (const { id } of this.#invocations.splice(0)) this.#say([70, id, {}, [`late ${id}`]])
  }

  part(isGraceful: boolean): void {
    if (this.connection?.isUsable !== true) return
    if (isGraceful && this.#phase === 'open') this.#leave()
    else this.connection.cut()
  }

  leftovers(): string[] {
    return []
  }

  received({ list }: Packet): void {
    if (list === undefined) return
    const [type, first, second, third] = list
    switch (type) {
      case 2:
        this.#phase = 'open'
        this.#lastSession = first as number
        this.#reset()
        return
      case 6:
        return this.#receiveGoodbye()
      case 8:
        if (first === 48) this.#calls = this.#calls.filter((id) => id !== second)
        return
      case 33:
        if (!this.#subscriptions.includes(second as number)) this.#subscriptions.push(second as number)
        return
      case 50:
        if ((second as { progress?: boolean }).progress !== true) this.#calls = this.#calls.filter((id) => id !== first)
        return
      case 65:
        if (!this.#registrations.includes(second as number)) this.#registrations.push(second as number)
        return
      case 68:
        this.#lastInvocation = first as number
        return this.#receiveInvocation({
          id: first as number,
          wantsProgress: (third as { receive_progress?: boolean }).receive_progress === true,
        })
      case 69:
        return this.#receiveInterrupt(first as number)
    }
  }

  ended(): void {
    this.#phase = 'none'
    this.connection = undefined
  }

  #actOpen(kind: Step['kind'], random: Random): void {
    switch (kind) {
      case 'subscribe': {
        const { uri, match } = drawTopic(random, this.#world.uris, this.#world.histories(this.plan))
        return this.#ask(32, { ...matchOption(match, random), ...(random.percent(35) ? { get_retained: random.percent(92) } : {}) }, uri)
      }
      case 'unsubscribe':
        return this.#giveBack(34, this.#subscriptions, random)
      case 'publish': {
        const payload = drawPayload(random, this.#world.token(this.index), this.#wire.name === 'json')
        return this.#ask(16, drawPublishOptions(random, this.#world.seenBy(this.plan)), random.pick(this.#world.uris), ...payload)
      }
      case 'register': {
        const { uri, options } = drawOffer(random, this.#world.uris, this.#world.shared)
        const disclosure = random.percent(8) ? { disclose_caller: random.percent(80) } : {}
        const time = random.percent(this.#world.shared === undefined ? 20 : 40) ? { forward_timeout: random.percent(85) } : {}
        const wishes = { ...options, ...disclosure, ...time }
        const force = random.percent(10) ? { force_reregister: random.percent(90) } : {}
        return this.#ask(64, { ...wishes, ...force }, uri)
      }
      case 'unregister':
        return this.#giveBack(66, this.#registrations, random)
      case 'call':
        return this.#call(random)
      case 'answer':
        return this.#answer(random)
      case 'cancel':
        return this.#cancel(random)
      case 'meta': {
        if (random.percent(12)) return this.#addTestament(random)
        const { procedure, args, kwargs } = drawMeta(random, this.#world, this.plan)
        return this.#say([
          48,
          this.#newCall(),
          {},
          procedure,
          ...(kwargs === undefined ? (args.length === 0 ? [] : [args]) : [args, kwargs]),
        ])
      }
      case 'flood':
        for (let i = random.between(100, 300); i > 0; i--) {
          this.#ask(16, { exclude_me: false }, random.pick(this.#world.uris), [this.#world.token(this.index)])
        }
        return
      case 'parts':
        for (let i = random.between(3, 12); i > 0; i--) this.#sendPart(random)
        return
      case 'leave':
        return this.#leave()
      case 'drop':
        return this.connection?.cut()
      case 'hostile':
        return this.#misbehave(random)
      case 'vanish':
      case 'stall':
      case 'resume':
      case 'wait':
        return // The world handles this step.
    }
  }

  #join(random: Random): void {
    if (this.#phase === 'none' || this.connection?.isUsable !== true) {
      this.connection = this.#world.connect(this, this)
      this.#phase = 'opening'
    }
    if (random.percent(4)) return // A transport without a message.
    this.#phase = 'opening'
    if (random.percent(6)) return this.#misjoin(random)
    const callee = {
      ...(this.plan.canCancel ? { [random.percent(80) ? 'call_canceling' : 'call_cancelling']: true } : {}),
      ...(this.plan.canProgress ? { progressive_call_results: true } : {}),
      ...(this.plan.canStream === true ? { progressive_call_invocations: true } : {}),
      ...(this.plan.canKeepTime === true ? { call_timeout: true } : {}),
      ...(this.plan.isRevocable === true ? { registration_revocation: true } : {}),
      ...(this.plan.canReroute === true && random.percent(75) ? { call_reroute: true } : {}),
    }
    const subscriber = this.plan.isRevocable === true ? { features: { subscription_revocation: true } } : {}
    const roles = { publisher: {}, subscriber, caller: {}, callee: Object.keys(callee).length === 0 ? {} : { features: callee } }
    this.#say([1, this.plan.realm, { roles, agent: 'raw', ...this.#replaces(random) }])
  }

  /** The session that the new one is to replace: its own former one, or one to which it has no right. */
  #replaces(random: Random): { _replaces?: unknown } {
    if (this.plan.authid === undefined || random.percent(30)) return {}
    const { sessions } = this.#world.seenBy(this.plan)
    if (random.percent(50) && this.#lastSession !== undefined) return { _replaces: this.#lastSession }
    return { _replaces: random.percent(90) ? (random.pickAny(sessions) ?? 7) : random.pick<unknown>(['x', 0, null, [1]]) }
  }

  #misjoin(random: Random): void {
    this.#say(
      random.pick<unknown[]>([
        [1, 'no.such.realm', { roles: { caller: {} } }],
        [1, 'bad realm', { roles: { caller: {} } }],
        [1, this.plan.realm, {}],
        [1, this.plan.realm, { roles: {} }],
        [1, this.plan.realm, { roles: { caller: 5 } }],
        [1, this.plan.realm, { roles: { broker: {} } }],
        [16, 1, {}, 'com.a'],
        [6, {}, 'wamp.close.close_realm'],
        [3, {}, 'wamp.error.unhappy'],
        [5, 'x', {}],
      ]),
      true,
    )
  }

  #call(random: Random): void {
    if (this.#streams.length > 0 && random.percent(50)) return this.#sendChunk(random)
    // If calls may be sent on to another callee, more of them are progressive, so that their chunks are sent on too.
    const most = this.#world.shared === undefined ? 22 : 35
    const isStream = random.percent(most)
    const options = {
      ...(isStream ? { progress: true } : {}),
      ...(random.percent(most) ? { timeout: random.pick([1, 20, 60, 200, 1000, 1500]) } : {}),
      ...(random.percent(35) ? { receive_progress: random.percent(90) } : {}),
      ...(random.percent(10) ? { disclose_me: random.percent(85) } : {}),
    }
    const payload = drawPayload(random, this.#world.token(this.index), this.#wire.name === 'json')
    const procedure = drawProcedure(random, this.#world.uris, this.#world.shared)
    const request = this.#newCall()
    if (isStream) this.#streams.push({ request, procedure, isComplete: false })
    this.#say([48, request, options, procedure, ...payload])
  }

  #addTestament(random: Random): void {
    const { acknowledge: _, exclude_me: _me, ...options } = drawPublishOptions(random, this.#world.seenBy(this.plan))
    const args = [this.#world.token(this.index), ...(random.percent(20) ? ['x'.repeat(200)] : [])]
    const testament = [random.pick(this.#world.uris), args, ...(random.percent(20) ? [{ k: 1 }] : [])]
    const scope = random.percent(40) ? { scope: random.pick(['detached', 'destroyed']) } : {}
    this.#say([48, this.#newCall(), {}, 'wamp.session.add_testament', testament, { publish_options: options, ...scope }])
  }

  /** Continues a progressive call, even one that has ended meanwhile. */
  #sendChunk(random: Random): void {
    const stream = random.pickAny(this.#streams)
    if (stream === undefined) return
    const isLast = random.percent(40)
    const isFaulty = stream.isComplete || random.percent(3)
    stream.isComplete ||= isLast
    if (isLast && random.percent(70)) this.#streams.splice(this.#streams.indexOf(stream), 1)
    const options = { ...(isLast ? {} : { progress: true }), ...(random.percent(10) ? { timeout: 5, disclose_me: true } : {}) }
    const payload = drawPayload(random, this.#world.token(this.index), this.#wire.name === 'json')
    const procedure = isFaulty && random.percent(50) ? 'com.other' : stream.procedure
    this.#say([48, stream.request, options, procedure, ...payload], isFaulty)
    if (isLast && random.percent(25)) this.#say([48, stream.request, {}, stream.procedure, ['one more']], true)
  }

  #cancel(random: Random): void {
    const call = random.pickAny(this.#calls)
    if (call === undefined) return
    this.#say([49, call, random.pick([{}, { mode: 'skip' }, { mode: 'kill' }, { mode: 'kill' }, { mode: 'killnowait' }])])
  }

  #answer(random: Random): void {
    const at = random.below(Math.max(1, this.#invocations.length))
    const invocation = this.#invocations[at]
    if (invocation === undefined) return
    const { id, wantsProgress } = invocation
    const payload = drawPayload(random, this.#world.token(this.index), this.#wire.name === 'json')
    if (this.plan.canReroute === true && random.percent(35)) {
      this.#invocations.splice(at, 1)
      return this.#say([8, 68, id, {}, 'wamp.error.unavailable', ...payload])
    }
    if (random.percent(wantsProgress ? 55 : 6)) {
      this.#say([70, id, { progress: true }, [`${this.#world.token(this.index)} part`]])
      return
    }
    this.#invocations.splice(at, 1)
    if (random.percent(75)) this.#say([70, id, random.percent(90) ? {} : { progress: false }, ...payload])
    else this.#say([8, 68, id, {}, random.percent(93) ? random.pick(['com.failed', 'wamp.error.canceled']) : 'bad uri', ...payload])
  }

  /** A progressive result, perhaps a long one. */
  #sendPart(random: Random): void {
    const invocation = random.pickAny(this.#invocations.filter(({ wantsProgress }) => wantsProgress))
    if (invocation === undefined) return
    const args = [`${this.#world.token(this.index)} part`, ...(random.percent(50) ? ['x'.repeat(200)] : [])]
    this.#say([70, invocation.id, { progress: true }, args])
  }

  #giveBack(type: 34 | 66, owned: number[], random: Random): void {
    const id = random.pickAny(owned)
    if (id === undefined) return
    owned.splice(owned.indexOf(id), 1)
    this.#say([type, this.#ids.draw(() => false), id])
  }

  #leave(): void {
    this.#say([6, {}, 'wamp.close.close_realm'])
    this.#phase = 'leaving'
  }

  #misbehave(random: Random): void {
    const view = {
      next: this.#ids.next,
      lastInvocation: this.#lastInvocation,
      wire: this.#wire,
      seen: this.#world.seenBy(this.plan),
    }
    const { list, bytes, isWrongKind, takesId } = drawHostile(random, view)
    if (takesId === true) this.#ids.skipTo()
    const [type, id] = list ?? []
    if ([16, 32, 48, 64].includes(type as number) && Number.isInteger(id)) this.#ids.skipTo(id as number)
    if (list !== undefined) this.#say(list, true)
    else if (bytes !== undefined) this.connection?.sendUp(bytes, undefined, isWrongKind === true ? 'wrong-kind' : 'message', true)
  }

  #receiveGoodbye(): void {
    if (this.#phase === 'leaving') {
      this.#phase = 'left'
      if (this.#random.percent(50)) this.connection?.endUp()
    } else if (this.#random.percent(85)) {
      this.#say([6, {}, 'wamp.close.goodbye_and_out'])
      this.#phase = 'leaving'
    } else {
      this.#phase = 'leaving' // Does not answer: the router's time limit ends it.
    }
  }

  #receiveInvocation(invocation: OpenInvocation): void {
    this.#invocations.push(invocation)
    if (this.#random.percent(45)) this.#answer(this.#random)
  }

  #receiveInterrupt(id: number): void {
    if (this.#random.percent(30)) return // May answer later, or never.
    const at = this.#invocations.findIndex((each) => each.id === id)
    if (at === -1) return
    this.#invocations.splice(at, 1)
    if (this.plan.canReroute === true && this.#random.percent(40)) return this.#say([8, 68, id, {}, 'wamp.error.unavailable'])
    this.#say(this.#random.percent(70) ? [8, 68, id, {}, 'wamp.error.canceled'] : [70, id, {}, ['faster']])
  }

  #ask(type: number, options: object, ...rest: unknown[]): void {
    this.#say([type, this.#ids.draw(() => false), options, ...rest])
  }

  /** The request id of a call that begins; the call is open from now on. */
  #newCall(): number {
    const request = this.#ids.draw((id) => this.#calls.includes(id) || this.#streams.some((stream) => stream.request === id))
    this.#calls.push(request)
    return request
  }

  #newIds(): RequestIds {
    return new RequestIds(!this.#world.takesAnyId(this.plan), this.#random)
  }

  #say(said: readonly unknown[], isHostile = false): void {
    const list = isHostile || this.index % 2 === 0 ? said : withNulls(said)
    this.connection?.sendUp(this.#wire.encode(list), list, 'message', isHostile)
  }

  #reset(): void {
    this.#ids = this.#newIds()
    this.#lastInvocation = 0
    this.#subscriptions = []
    this.#registrations = []
    this.#calls = []
    this.#streams = []
    this.#invocations = []
  }
}

/** How many elements come before args, by type. */
const BEFORE_ARGS: Readonly<Record<number, number>> = { 8: 5, 16: 4, 48: 4, 70: 3 }

/** With null in the place of empty args and kwargs, as clients in wide use write them. */
function withNulls(list: readonly unknown[]): readonly unknown[] {
  const at = BEFORE_ARGS[list[0] as number] ?? Infinity
  return list.map((element, i) =>
    i >= at && typeof element === 'object' && element !== null && Object.keys(element).length === 0 ? null : element,
  )
}
