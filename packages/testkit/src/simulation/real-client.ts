// A client that is the product's own: its session, its promises and handlers, over the simulated network.

import type { Clock, ClientTransport, PublishOptions, Registration, Session, Subscription, TransportOwner } from '@trunkline/client'
import { ApplicationError, connect, DisconnectedError, ProtocolError, Result } from '@trunkline/client'
import type { Message } from '@trunkline/protocol'
import { messageToArray } from '@trunkline/protocol'
import type { ClientWorld, SimulatedClient } from './client.ts'
import type { Connection, Packet } from './network.ts'
import { Random } from './random.ts'
import { drawInvoke, drawMetaCall, drawPayload, drawPublishOptions, drawTarget, drawTopic, matchOption } from './script.ts'
import type { ClientPlan, Step } from './settings.ts'
import type { Wire } from './wire.ts'

type Args = readonly unknown[] | undefined
type Kwargs = Readonly<Record<string, unknown>> | undefined

export class RealClient implements SimulatedClient {
  readonly index: number
  readonly plan: ClientPlan
  connection: Connection | undefined
  readonly #world: ClientWorld
  readonly #wire: Wire
  readonly #random: Random
  readonly #clock: Clock
  #owner: TransportOwner | undefined
  #session: Session | undefined
  #isOpening = false
  #subscriptions: Subscription[] = []
  #registrations: Registration[] = []
  /** Procedures that have not answered yet. */
  #running: ((how: number) => void)[] = []
  /** Promises that have not settled yet. */
  #pending = 0

  constructor(index: number, plan: ClientPlan, world: ClientWorld, random: Random) {
    this.index = index
    this.plan = plan
    this.#world = world
    this.#wire = world.wire(plan)
    this.#random = random
    this.#clock = { setTimer: (callback, delayMs) => world.after(delayMs, callback) }
  }

  act(step: Step): void {
    const random = new Random(step.seed)
    if (step.kind === 'drop') return this.connection?.cut()
    if (this.#session?.isOpen === true) return this.#actOpen(this.#session, step.kind, random)
    if (!this.#isOpening && this.connection === undefined) this.#join()
  }

  answerAll(): void {
    for (const answer of this.#running.splice(0)) answer(0)
  }

  part(isGraceful: boolean): void {
    if (isGraceful && this.#session?.isOpen === true) this.#watch(this.#session.leave())
    else this.connection?.cut()
  }

  leftovers(): string[] {
    return this.#pending === 0 ? [] : [`${this.#pending} promises of client ${this.index} have not settled`]
  }

  received({ bytes }: Packet): void {
    const owner = this.#owner
    let message: Message
    try {
      message = this.#wire.serializer.decode(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#world.blame(this.index, 'client', `the router sent what is no message: ${error.message}`)
      return
    }
    owner?.onMessage(message)
  }

  ended(): void {
    const owner = this.#owner
    this.connection = undefined
    this.#owner = undefined
    this.#running = []
    owner?.onClose({ wasClean: true })
  }

  #join(): void {
    this.connection = this.#world.connect(this)
    this.#isOpening = true
    const { realm } = this.plan
    const options = {
      realm,
      transport: this.#transport(this.connection),
      clock: this.#clock,
      onError: (error: unknown) => this.#hear(error),
    }
    this.#pending++
    connect(options).then(
      (session) => this.#opened(session),
      () => this.#opened(undefined),
    )
  }

  #opened(session: Session | undefined): void {
    this.#pending--
    this.#isOpening = false
    this.#session = session
    this.#subscriptions = []
    this.#registrations = []
    if (session === undefined) return
    this.#pending++
    void session.closed.then(() => {
      this.#pending--
      if (this.#session === session) this.#session = undefined
    })
  }

  #transport(connection: Connection): ClientTransport {
    return {
      attach: (owner) => {
        this.#owner = owner
      },
      send: (message) => {
        const bytes = this.#wire.serializer.encode(message).slice()
        const list = messageToArray(message)
        // It may lose patience, but must find no fault with the router.
        if (list[0] === 3 && list[2] !== 'wamp.close.close_realm')
          this.#world.blame(this.index, 'client', `the client aborts: ${JSON.stringify(list)}`)
        connection.sendUp(bytes, list)
      },
      close: () => connection.endUp(),
      destroy: () => connection.cut(),
    }
  }

  #actOpen(session: Session, kind: Step['kind'], random: Random): void {
    switch (kind) {
      case 'subscribe': {
        const { uri, match } = drawTopic(random, this.#world.uris)
        return this.#watch(
          session
            .subscribe(uri, () => this.#maybeThrow(), matchOption(match, random))
            .then((subscription) => this.#subscriptions.push(subscription)),
        )
      }
      case 'unsubscribe':
        return this.#giveBack(this.#subscriptions, random, (subscription) => subscription.unsubscribe())
      case 'publish':
        return this.#publish(session, random)
      case 'register': {
        const { uri, match } = drawTarget(random, this.#world.uris)
        if (uri === 'wamp') return
        const options = { ...matchOption(match, random), ...drawInvoke(random), ...(random.percent(8) ? { disclose_caller: true } : {}) }
        const registering = session.register(uri, () => this.#answer(), options)
        return this.#watch(registering.then((registration) => this.#registrations.push(registration)))
      }
      case 'unregister':
        return this.#giveBack(this.#registrations, random, (registration) => registration.unregister())
      case 'call': {
        const [args, kwargs] = this.#payload(random)
        return this.#watch(
          session.call(random.pick(this.#world.uris), args, kwargs, random.percent(10) ? { disclose_me: true } : undefined),
        )
      }
      case 'meta': {
        const { procedure, args, kwargs } = drawMetaCall(random, this.#world.seenBy(this.plan), this.#world.uris)
        return this.#watch(session.call(procedure, args, kwargs))
      }
      case 'answer':
        return this.#running.splice(random.below(this.#running.length + 1), 1)[0]?.(random.below(3))
      case 'leave':
        return this.#watch(session.leave())
      case 'hostile': // The well-behaved client does what is refused before it is sent.
        return this.#watch(session.publish('wamp.mine', ['x']))
      case 'cancel':
      case 'flood':
      case 'drop':
      case 'vanish':
      case 'stall':
      case 'resume':
      case 'wait':
        return
    }
  }

  #publish(session: Session, random: Random): void {
    const [args, kwargs] = this.#payload(random)
    const options = drawPublishOptions(random, this.#world.seenBy(this.plan))
    this.#watch(session.publish(random.pick(this.#world.uris), args, kwargs, { ...options } as PublishOptions))
  }

  /** What a procedure answers: at once, later, or an error of either kind. */
  #answer(): unknown {
    const payload = drawPayload(this.#random, this.#world.token(this.index), this.#wire.name === 'json')
    const [args, kwargs] = payload as [Args, Kwargs]
    const settle = (how: number): unknown => {
      if (how === 0) return new Result(args, kwargs)
      if (how === 1) throw new ApplicationError('com.failed', args, kwargs)
      throw new Error('not what was meant')
    }
    if (this.#random.percent(50)) return settle(this.#random.below(3))
    return new Promise((resolve, reject) => {
      this.#running.push((how) => {
        try {
          resolve(settle(how))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #maybeThrow(): void {
    if (this.#random.percent(3)) throw new Error('a handler that fails')
  }

  #payload(random: Random): readonly [Args, Kwargs] {
    return drawPayload(random, this.#world.token(this.index), this.#wire.name === 'json') as [Args, Kwargs]
  }

  #giveBack<Owned>(owned: Owned[], random: Random, how: (one: Owned) => Promise<void>): void {
    const one = random.pickAny(owned)
    if (one === undefined) return
    owned.splice(owned.indexOf(one), 1)
    this.#watch(how(one))
  }

  /** Every promise settles in the end, whatever happens; none with an error that nobody foresees. */
  #watch(promise: Promise<unknown>): void {
    this.#pending++
    promise.then(
      () => {
        this.#pending--
      },
      (error: unknown) => {
        this.#pending--
        const isForeseen =
          error instanceof ApplicationError || error instanceof DisconnectedError || (error as { code?: string }).code === 'TL_RESERVED_URI'
        if (!isForeseen) this.#world.blame(this.index, 'client', `a promise was rejected with ${String(error)}`)
      },
    )
  }

  #hear(error: unknown): void {
    if (error instanceof ProtocolError) this.#world.blame(this.index, 'client', `the client was sent what fits nothing: ${error.message}`)
  }
}
