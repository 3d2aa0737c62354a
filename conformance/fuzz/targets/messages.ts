// Whole messages of one format: a message or a ProtocolError, and what was let in goes out again unchanged.

import type { Message, SerializerName } from '@trunkline/protocol'
import { headerElements, payloadOf } from '@trunkline/protocol'
import { makeSerializers, TOKENS } from '@trunkline/testkit'
import { FILES, messageSeeds } from './formats.ts'
import type { Target } from './target.ts'
import { check, isSame, isSameBytes, refusal, unlessPayload } from './target.ts'

export function messageTarget(format: SerializerName): Target {
  const serializer = makeSerializers()[format]

  function run(input: Uint8Array): string {
    let message: Message
    try {
      message = serializer.decode(input)
    } catch (error) {
      return refusal(error)
    }
    if (format === 'json') JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input))
    const encoded = serializer.encode(message).slice()
    check(encoded.length <= 9 * input.length + 64, 'the message grew out of proportion')
    const again = serializer.decode(encoded)
    check(isSame(headerElements(again), headerElements(message)), 'a header changed on its way through')
    const [before, after] = [payloadOf(message), payloadOf(again)]
    check(before?.count === after?.count, 'items of payload came or went')
    if (before !== undefined && after !== undefined) {
      check(isSameBytes(after.rawIn(serializer), before.rawIn(serializer)), 'payload changed on its way through')
      unlessPayload(() => before.items)
    }
    return `${message.type} ${headerElements(message).length} ${before?.count ?? ''}`
  }

  return { name: `${format}-message`, files: FILES[format], seeds: messageSeeds(serializer), tokens: TOKENS[format], run }
}
