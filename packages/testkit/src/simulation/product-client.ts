// What the simulated clients made of the product's own client share: a transport over the simulated network, timers, procedures
// that answer at once or later, and promises that must settle. Decides nothing by itself.

import type { ClientTransport, Clock, TransportOwner } from '@trunkline/client'
import { ApplicationError, DisconnectedError, ProtocolError, Result } from '@trunkline/client'
import type { Message } from '@trunkline/protocol'
import { messageToArray } from '@trunkline/protocol'
import type { ClientWorld, SimulatedClient } from './client.ts'
import type { Connection } from './network.ts'
import type { Random } from './random.ts'
import { drawPayload } from './script.ts'
import type { ClientPlan, Step } from './settings.ts'
import type { Wire } from './wire.ts'

export type Args = readonly unknown[] | undefined
export type Kwargs = Readonly<Record<string, unknown>> | undefined

/** Options on the wire, by the names of the product's client. */
export function named(options: object): Record<string, unknown> {
  const camelCase = (name: string): string =>
    name.replaceAll(/([a-z])_([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]))
}

/** Gets all messages of one connection before they are passed on. */
export interface Watcher {
  sent(list: readonly unknown[]): void
  received(list: readonly unknown[]): void
}

export abstract class ProductClient implements SimulatedClient {
  readonly index: number
  readonly plan: ClientPlan
  connection: Connection | undefined
  protected readonly world: ClientWorld
  protected readonly random: Random
  protected readonly clock: Clock
  readonly #wire: Wire
  readonly #timers = new Set<object>()
  /** Procedures that have not answered yet. */
  #running: ((how: number) => void)[] = []
  /** Promises that have not settled yet. */
  #pending = 0

  constructor(index: number, plan: ClientPlan, world: ClientWorld, random: Random) {
    this.index = index
    this.plan = plan
    this.world = world
    this.random = random
    this.#wire = world.wire(plan)
    this.clock = { setTimer: (callback, delayMs) => this.#setTimer(callback, delayMs) }
  }

  abstract act(step: Step): void

  abstract part(isGraceful: boolean): void

  answerAll(): void {
    for (const answer of this.#running.splice(0)) answer(0)
  }

  leftovers(): string[] {
    const left = { 'promises have not settled': this.#pending, 'timers are left': this.#timers.size }
    return Object.entries(left).flatMap(([what, count]) => (count === 0 ? [] : [`client ${this.index}: ${count} ${what}`]))
  }

  protected blame(text: string): void {
    this.world.blame(this.index, 'client', text)
  }

  /** Opens a connection to the router. */
  protected openConnection(watcher?: Watcher): ClientTransport {
    let owner: TransportOwner | undefined
    const connection: Connection = this.world.connect(this, {
      received: ({ bytes }) => {
        const message = this.#decode(bytes)
        if (message === undefined) return
        watcher?.received(messageToArray(message))
        owner?.onMessage(message)
      },
      ended: () => {
        if (this.connection === connection) this.#left()
        owner?.onClose({ wasClean: true })
      },
    })
    this.connection = connection
    return {
      attach: (next) => {
        owner = next
      },
      send: (message) => {
        const bytes = this.#wire.serializer.encode(message).slice()
        const list = messageToArray(message)
        // It may abandon the connection, but must find no fault of the router.
        if (list[0] === 3 && list[2] !== 'wamp.close.close_realm') this.blame(`the client aborts: ${JSON.stringify(list)}`)
        watcher?.sent(list)
        connection.sendUp(bytes, list)
      },
      close: () => connection.endUp(),
      destroy: () => connection.cut(),
    }
  }

  /** How a procedure answers: at once, later, or with an error of either kind. */
  protected answer(): unknown {
    const [args, kwargs] = this.payload(this.random)
    const settle = (how: number): unknown => {
      if (how === 0) return new Result(args, kwargs)
      if (how === 1) throw new ApplicationError('com.failed', args, kwargs)
      if (how === 3) throw new ApplicationError('wamp.error.unavailable', args, kwargs)
      throw new Error('not what was meant')
    }
    if (this.random.percent(50)) return settle(this.random.below(this.#ways))
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

  /** Lets one of the procedures answer that have not answered. */
  protected answerOne(random: Random): void {
    this.#running.splice(random.below(this.#running.length + 1), 1)[0]?.(random.below(this.#ways))
  }

  /** The number of ways to answer. */
  get #ways(): number {
    return this.plan.canReroute === true ? 4 : 3
  }

  protected maybeThrow(): void {
    if (this.random.percent(3)) throw new Error('a handler that fails')
  }

  protected payload(random: Random, token = this.world.token(this.index)): readonly [Args, Kwargs] {
    return drawPayload(random, token, this.#wire.name === 'json') as [Args, Kwargs]
  }

  /** Every promise settles in the end, whatever happens; none with an unexpected error. */
  protected watch(promise: Promise<unknown>, isForeseen: (error: unknown) => boolean = () => false): void {
    this.#pending++
    promise.then(
      () => {
        this.#pending--
      },
      (error: unknown) => {
        this.#pending--
        if (!isCommon(error) && !isForeseen(error)) this.blame(`a promise was rejected with ${String(error)}`)
      },
    )
  }

  protected hear(error: unknown): void {
    if (error instanceof ProtocolError) this.blame(`the client was sent what fits nothing: ${error.message}`)
  }

  #left(): void {
    this.connection = undefined
    this.#running = []
  }

  #decode(bytes: Uint8Array): Message | undefined {
    try {
      return this.#wire.serializer.decode(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.blame(`the router sent what is no message: ${error.message}`)
      return undefined
    }
  }

  #setTimer(callback: () => void, delayMs: number): () => void {
    const timer = {}
    this.#timers.add(timer)
    const cancel = this.world.after(delayMs, () => {
      this.#timers.delete(timer)
      callback()
    })
    return () => {
      this.#timers.delete(timer)
      cancel()
    }
  }
}

function isCommon(error: unknown): boolean {
  return error instanceof ApplicationError || error instanceof DisconnectedError || (error as { code?: string }).code === 'TL_RESERVED_URI'
}
