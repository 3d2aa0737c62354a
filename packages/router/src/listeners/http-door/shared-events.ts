// Events as streams send them: what many streams get in the same octets is read and written as text once.

import type { EventMessage, Message, Serializer } from '@trunkline/protocol'
import { PayloadError, uris } from '@trunkline/protocol'
import { dictWith, onOneLine } from './bodies.ts'
import { problemBody } from './failure.ts'

export class SharedEvents {
  readonly #json: Serializer
  /** By the array that holds them: the router gives all subscribers the same one, and changes none. */
  readonly #messages = new WeakMap<Uint8Array, Message>()
  readonly #data = new WeakMap<EventMessage, { readonly topic: unknown; readonly octets: Buffer }>()

  /** @param json the serializer of the sessions of streams */
  constructor(json: Serializer) {
    this.#json = json
  }

  /** Reads a message. What it returns is valid as long as the octets are. */
  decode(bytes: Uint8Array): Message {
    const known = this.#messages.get(bytes)
    if (known !== undefined) return known
    const message = this.#json.decode(bytes)
    this.#messages.set(bytes, message)
    return message
  }

  /** The data of an event, on one line and with the empty line behind it. */
  dataOf(event: EventMessage, topic: unknown): Buffer {
    const known = this.#data.get(event)
    if (known !== undefined && known.topic === topic) return known.octets
    const octets = onOneLine(this.#bodyOf(event, topic), 2)
    this.#data.set(event, { topic, octets })
    return octets
  }

  #bodyOf(event: EventMessage, topic: unknown): Buffer {
    const members = `"topic":${JSON.stringify(topic)},"publication":${event.publication}`
    try {
      return dictWith(this.#json, event.payload, members)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      return problemBody(this.#json, { error: uris.INVALID_ARGUMENT, detail: error.message })
    }
  }
}
