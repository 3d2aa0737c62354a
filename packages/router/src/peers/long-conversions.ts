// Long payloads that receivers need in other serializers than their sender's: converted in steps, between which the router serves
// others, before the message is routed. Meanwhile its connection is not read, so that messages keep their order.

import type { Message, Payload, PayloadFormat, SerializerOptions } from '@trunkline/protocol'
import { owned, PayloadError, payloadOf, StepwiseConverter, uris } from '@trunkline/protocol'
import { OwnerTotal } from '../core/index.ts'
import type { Scheduler } from '../core/ports/index.ts'

/** Octets of a message, and of a payload, from which on it is converted so: a shorter one takes a few milliseconds at most. */
export const LONG_PAYLOAD = 65_536
/** Octets that are converted at a time: one or two milliseconds where each takes long. */
const STEP = 32_768
const TOO_MUCH = new PayloadError('too many long payloads wait to be converted to another serializer; try again later', {
  uri: uris.UNAVAILABLE,
})

/** The sender of a message. */
export interface LongSender {
  /** Whose share its payloads count to. */
  readonly holder: string
  /** The serializers of those that a message would go to now. */
  receivingFormats(message: Message): Iterable<PayloadFormat>
  /** Delivers nothing until {@link goOn}; returns false where that is not possible. */
  hold(): boolean
  /** Routes the message that was held, unless the connection has ended, and then reads again. */
  goOn(message: Message): void
}

interface Held {
  readonly sender: LongSender
  readonly message: Message
  readonly payload: Payload
  readonly holder: string
}

export class LongConversions {
  readonly #scheduler: Scheduler
  readonly #options: Pick<SerializerOptions, 'text' | 'maxDepth'>
  #converter: StepwiseConverter | undefined
  readonly #total = new OwnerTotal()
  /** By holder, in the order of their turns: each has one message converted, and then the next. */
  readonly #waiting = new Map<string, Held[]>()
  #current: Held | undefined
  /** The serializer to which the current one is being converted. */
  #target: PayloadFormat | undefined

  constructor(scheduler: Scheduler, options: Pick<SerializerOptions, 'text' | 'maxDepth'>) {
    this.#scheduler = scheduler
    this.#options = options
  }

  /** Octets of messages that are held. */
  get octets(): number {
    return this.#total.octets
  }

  /**
   * Holds a message whose payload has to be converted and is long; when too much is held, the payload counts as one that its
   * receivers cannot be sent.
   * @returns false when the message can be routed at once
   */
  take(sender: LongSender, message: Message): boolean {
    const payload = payloadOf(message)
    if (payload?.format === undefined || payload.raw.length < LONG_PAYLOAD) return false
    if (targetOf({ sender, message, payload }) === undefined) return false
    const { holder } = sender
    if (!this.#total.fits(holder, payload.raw.length)) {
      for (const { name } of sender.receivingFormats(message)) (payload.forms ??= new Map()).set(name, TOO_MUCH)
      return false
    }
    if (!sender.hold()) return false
    this.#total.add(holder, owned(payload).raw.length)
    const held = { sender, message, payload, holder }
    const others = this.#waiting.get(holder)
    if (others === undefined) this.#waiting.set(holder, [held])
    else others.push(held)
    if (this.#current === undefined) {
      this.#current = this.#next()
      this.#defer()
    }
    return true
  }

  #defer(): void {
    this.#scheduler.defer(() => this.#step())
  }

  #step(): void {
    if (this.#current === undefined) return
    if (!this.#convert(this.#current)) return this.#defer()
    const { sender, message, holder, payload } = this.#current
    this.#total.add(holder, -payload.raw.length)
    this.#current = this.#next()
    if (this.#current !== undefined) this.#defer()
    sender.goOn(message)
  }

  /** One step of a message; returns whether no receiver needs a further conversion. */
  #convert(held: Held): boolean {
    const { payload } = held
    const { format, raw, count } = payload
    this.#converter ??= new StepwiseConverter(this.#options)
    try {
      if (this.#target !== undefined) {
        const form = this.#converter.goOn(STEP)
        if (form === undefined) return false
        this.#keep(payload, form)
      }
      // Asked again after each conversion, since others may have subscribed or registered meanwhile.
      this.#target = targetOf(held)
      if (this.#target === undefined || format === undefined) return true
      this.#converter.begin(format.name, this.#target.name, raw, count)
    } catch (error) {
      // Another error would be a fault of the router: the message meets it again when it is routed.
      if (!(error instanceof PayloadError)) return true
      this.#keep(payload, error)
    }
    return false
  }

  #keep(payload: Payload, form: Uint8Array | PayloadError): void {
    if (this.#target !== undefined) (payload.forms ??= new Map()).set(this.#target.name, form)
    this.#target = undefined
  }

  /** The first message of the next holder. */
  #next(): Held | undefined {
    this.#target = undefined
    for (const [holder, [first, ...others]] of this.#waiting) {
      this.#waiting.delete(holder)
      if (others.length > 0) this.#waiting.set(holder, others)
      return first
    }
    return undefined
  }
}

/** A serializer of a receiver in which the payload is not there yet. */
function targetOf({ sender, message, payload }: Omit<Held, 'holder'>): PayloadFormat | undefined {
  for (const format of sender.receivingFormats(message)) {
    if (format.name !== payload.format?.name && payload.forms?.has(format.name) !== true) return format
  }
  return undefined
}
