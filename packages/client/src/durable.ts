// The entry of @trunkline/client/durable: durable subscriptions, whose events wait at the router until one of the sessions that share them has
// acknowledged them. It works over what a client offers to everyone.

import type { Dict, MatchPolicy } from '@trunkline/protocol'
import { AFTER, AGAIN, DURABLE, REDELIVERED, SUBSCRIPTION, UP_TO, UsageError } from '@trunkline/protocol'
import type { Pending } from './awaitable.ts'
import { awaitable } from './awaitable.ts'
import { check, checkHandler, checkNamed } from './checks.ts'
import { Inbox } from './inbox.ts'
import { dictOf } from './options.ts'
import type { Client } from './reconnecting/client.ts'
import type { DeclaredSubscription } from './reconnecting/declared.ts'
import type { Args, Kwargs } from './results.ts'
import { isPromise } from './results.ts'
import type { EventHandler, ReceivedEvent, Subscription } from './subscriber.ts'

/** What the first subscriber of a name decides; who gives other settings later is refused. */
export interface DurableSettings {
  /** Where it begins: with what is published from now on, or with the oldest event that is kept. Default `now`. */
  readonly from?: 'now' | 'oldest' | undefined
  /** The events that each session may have and not have acknowledged, from 1 to 1,000. Default 100. */
  readonly maxInFlight?: number | undefined
  /** The milliseconds after which an event that is not acknowledged is sent again. Default 30,000. */
  readonly ackWait?: number | undefined
  /** How often an event is sent at most. Default: without a limit. */
  readonly attempts?: number | undefined
  /** The topic to which the router publishes events that were sent so often. */
  readonly deadLetters?: string | undefined
}

/** A durable subscription: its name, and how it is subscribed to. */
export interface DurableOptions extends DurableSettings {
  /** Of 1 to 128 characters: A-Z a-z 0-9 . _ - */
  readonly name: string
  /** How topics are matched. Default `exact`. */
  readonly match?: MatchPolicy | undefined
  /**
   * Whether events are acknowledged without a word: when the handler has ended, with its promise, or the loop asks for the next event.
   * An event whose handler failed is given back for a while. Default true; with false only `ack` and `again` of the event count.
   */
  readonly autoAck?: boolean | undefined
}

/** An event of a durable subscription. */
export interface DurableEvent<A extends Args = Args, K extends object = Kwargs> extends ReceivedEvent<A, K> {
  /** How often it was sent before, to this session or another: it may have been processed. 0 the first time. */
  readonly redelivered: number
  /**
   * It is done. Only the first of `ack` and `again` counts.
   * @param options `upTo`: so are all events before it that the session got before it
   * @returns false when that cannot be said, since its session has ended: it will come again
   */
  ack(options?: { readonly upTo?: boolean | undefined }): boolean
  /** It is not done: it is sent again, to any of the sessions. @param afterMs so late, at most an hour; default 0 */
  again(afterMs?: number): boolean
}

/** Called for each event; several may be open at a time, as many as `maxInFlight`. */
export type DurableHandler<A extends Args = Args, K extends object = Kwargs> = (event: DurableEvent<A, K>) => unknown

/** The events of a durable subscription for one `for await` loop. What it was given and did not acknowledge comes again when it is left. */
export interface DurableLoop<A extends Args = Args, K extends object = Kwargs>
  extends AsyncIterableIterator<DurableEvent<A, K>, undefined>, AsyncDisposable {}

/**
 * Subscribes by a name. The router keeps what is published to the topics, which have to be durable there, and gives each event to one of the
 * sessions that have subscribed by that name, until one has acknowledged it. Every session of the client subscribes again; what the last
 * session had not acknowledged comes again.
 *
 * Without a handler the result is a loop. The subscription stays at the router when it is unsubscribed here. The name belongs to the user who subscribed by it first.
 *
 * @param subscription its name, or its name with options
 * @throws {UsageError} for a topic, a name or options that a router would refuse
 *
 * @example
 * import { createClient } from '@trunkline/client'
 * import { subscribeDurable } from '@trunkline/client/durable'
 *
 * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', onError: () => {} })
 * const invoices = subscribeDurable(client, 'com.example.orders', { name: 'invoices', attempts: 5 }, ({ args: [order] }) => console.log(order))
 * await invoices.unsubscribe()
 * await client.stop()
 */
export function subscribeDurable<A extends Args = Args, K extends object = Kwargs>(
  client: Client,
  topic: string,
  subscription: string | DurableOptions,
): Pending<DurableLoop<A, K>>
export function subscribeDurable<A extends Args = Args, K extends object = Kwargs>(
  client: Client,
  topic: string,
  subscription: string | DurableOptions,
  handler: DurableHandler<A, K>,
): Pending<DeclaredSubscription>
export function subscribeDurable(client: Client, topic: string, subscription: string | DurableOptions, handler?: DurableHandler): unknown {
  check('subscription', subscription, 'string|dict')
  const options = typeof subscription === 'string' ? { name: subscription } : subscription
  checkNamed('options', options, OPTIONS)
  check('name', options.name, 'string')
  const { name, match, autoAck = true, ...settings } = options
  const sent = { match, [DURABLE]: { name, ...wireSettings(settings) } }
  if (handler !== undefined) return client.subscribe(topic, handled(checkHandler(handler), autoAck), sent)
  const leave = (): void => {
    ignore()
    // Any other failure is that of the declaration, which reports it.
    void declared.unsubscribe().catch(() => undefined)
  }
  const loop = new Loop(autoAck, leave)
  const declared = client.subscribe(topic, (event) => loop.take(event), sent)
  const ignore = client.onState((state) => {
    if (state.status === 'stopped' && loop.end(state.cause === undefined ? {} : { error: state.cause })) leave()
  })
  return awaitable(loop, () => declared.ready)
}

const OPTIONS = 'name:string match:string autoAck:boolean from:string maxInFlight:number ackWait:number attempts:number deadLetters:string'

function wireSettings({ from, maxInFlight, ackWait, attempts, deadLetters }: DurableSettings): Dict {
  return dictOf({ from, max_in_flight: maxInFlight, ack_wait: ackWait, attempts, dead_letters: deadLetters })
}

/** After a failure an event is given back for so long, twice as long each time. */
const [FIRST_MS, LONGEST_MS] = [1_000, 30_000]

function handled(handler: DurableHandler, autoAck: boolean): EventHandler {
  return (received) => {
    const event = new Delivered(received)
    if (!autoAck) return handler(event)
    const failed = (error: unknown): never => {
      event.again(Math.min(FIRST_MS * 2 ** event.redelivered, LONGEST_MS))
      throw error
    }
    try {
      const outcome = handler(event)
      if (isPromise(outcome)) return outcome.then(() => event.ack(), failed)
    } catch (error) {
      return failed(error)
    }
    return event.ack()
  }
}

class Delivered implements DurableEvent {
  readonly args: Args
  readonly kwargs: Kwargs
  readonly details: Dict
  readonly topic: string
  readonly publication: number
  readonly subscription: Subscription
  #isDone = false

  /** @throws {UsageError} when the router knows no durable subscriptions, so that its event is of another kind */
  constructor({ args, kwargs, details, topic, publication, subscription }: ReceivedEvent) {
    if (subscription.details?.[DURABLE] === undefined)
      throw new UsageError(`'${subscription.topic}': the router has no durable subscriptions`, 'TL_NOT_ANNOUNCED')
    this.args = args
    this.kwargs = kwargs
    this.details = details
    this.topic = topic
    this.publication = publication
    this.subscription = subscription
  }

  get redelivered(): number {
    const count = this.details[REDELIVERED]
    return typeof count === 'number' ? count : 0
  }

  ack({ upTo = false }: { readonly upTo?: boolean | undefined } = {}): boolean {
    return this.#tell(upTo ? { [UP_TO]: true } : {})
  }

  again(afterMs = 0): boolean {
    check('afterMs', afterMs, 'number')
    return this.#tell({ [AGAIN]: true, ...(afterMs > 0 && { [AFTER]: afterMs }) })
  }

  #tell(details: Dict): boolean {
    if (this.#isDone) return true
    this.#isDone = this.subscription.received(this.publication, { [SUBSCRIPTION]: this.subscription.id, ...details })
    return this.#isDone
  }
}

class Loop extends Inbox<DurableEvent> {
  readonly #autoAck: boolean
  #subscription: Subscription | undefined
  /** What the loop was given last. */
  #given: DurableEvent | undefined

  constructor(autoAck: boolean, leave: () => void) {
    super(Number.POSITIVE_INFINITY, leave)
    this.#autoAck = autoAck
  }

  take(received: ReceivedEvent): void {
    const event = new Delivered(received)
    // What an ended session has not acknowledged comes again.
    if (this.#subscription !== event.subscription) this.waiting.length = 0
    this.#subscription = event.subscription
    this.put(event)
  }

  override async next(): Promise<IteratorResult<DurableEvent, undefined>> {
    if (this.#autoAck) this.#given?.ack()
    this.#given = undefined
    const next = await super.next()
    this.#given = next.value
    return next
  }

  override return(): Promise<IteratorResult<DurableEvent, undefined>> {
    this.#given = undefined
    return super.return()
  }
}
