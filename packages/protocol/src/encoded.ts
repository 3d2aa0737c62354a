// A message to many receivers, encoded once per serializer.

import type { Message } from './messages.ts'
import type { SerializerName } from './payload.ts'
import { PayloadError } from './payload.ts'
import type { Serializer } from './serializers/serializer.ts'
import { LARGE_MESSAGE } from './serializers/serializer.ts'

export class EncodedMessage {
  readonly message: Message
  #forms: Partial<Record<SerializerName, Uint8Array | PayloadError>> = {}

  constructor(message: Message) {
    this.message = message
  }

  /** Whether it has been encoded for a serializer. */
  isIn({ name }: Serializer): boolean {
    return this.#forms[name] !== undefined
  }

  /**
   * The message in a serializer's form; the bytes belong to this object and are never changed.
   * @throws {PayloadError} when that serializer cannot hold the payload; the same error each time
   */
  bytesIn(serializer: Serializer): Uint8Array {
    const form = (this.#forms[serializer.name] ??= encodeOwned(serializer, this.message))
    if (form instanceof PayloadError) throw form
    return form
  }
}

function encodeOwned(serializer: Serializer, message: Message): Uint8Array | PayloadError {
  try {
    const bytes = serializer.encode(message)
    // The serializer returns a long message in an array of its own.
    return bytes.length < LARGE_MESSAGE ? bytes.slice() : bytes
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}
