// Whole messages of one format: a message or a ProtocolError, and an accepted message is encoded again unchanged.

import type { Message, Serializer, SerializerName } from '@trunkline/protocol'
import { headerElements, headerLimits, messageFromArray, payloadOf, rawIn } from '@trunkline/protocol'
import { makeSerializers, TOKENS } from '@trunkline/testkit'
import { FILES, messageSeeds } from './formats.ts'
import type { Target } from './target.ts'
import { check, countValues, isProportionate, isSame, isSameBytes, refusal, unlessPayload } from './target.ts'

/** The heap that the elements before the payload may take for each octet of the message. */
const MOST_PER_OCTET = 64

export function messageTarget(format: SerializerName): Target {
  const serializer = makeSerializers()[format]

  function run(input: Uint8Array): string {
    let message: Message
    try {
      message = serializer.decode(input)
    } catch (error) {
      return refusal(error)
    }
    checkHeld(message, input.length)
    if (format === 'json') JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input))
    const encoded = serializer.encode(message).slice()
    check(encoded.length <= 9 * input.length + 64, 'the message grew out of proportion')
    const again = serializer.decode(encoded)
    check(isSame(headerElements(again), headerElements(message)), 'a header changed on its way through')
    const [before, after] = [payloadOf(message), payloadOf(again)]
    check(before?.count === after?.count, 'items of payload came or went')
    if (before !== undefined && after !== undefined) {
      check(isSameBytes(rawIn(after, serializer), rawIn(before, serializer)), 'payload changed on its way through')
      unlessPayload(() => before.items)
    }
    return `${message.type} ${headerElements(message).length} ${before?.count ?? ''}`
  }

  const seeds = [...messageSeeds(serializer), ...amplifying(serializer)]
  return { name: `${format}-message`, files: FILES[format], seeds, tokens: TOKENS[format], run }
}

/** Messages with more values before the payload than they may have, and with as many as they may. */
function amplifying(serializer: Serializer): Uint8Array[] {
  const dicts = (count: number): unknown[] => Array.from({ length: count }, () => ({}))
  return [
    [1, 'realm1', { roles: { caller: {} }, authextra: { a: dicts(1_500) } }],
    [1, 'realm1', { roles: { caller: {} }, authextra: { a: dicts(900) } }],
    [5, '', { a: dicts(1_500) }],
    [16, 1, { exclude: Array.from({ length: 500 }, (_, i) => i + 1) }, 'com.a'],
  ].map((list) => serializer.encode(messageFromArray(list)).slice())
}

/** Few octets never become much memory: before the payload the number of values is limited, and each takes little. */
function checkHeld(message: Message, octets: number): void {
  const { values, listed } = headerLimits(message.type)
  const header = headerElements(message)
  check(countValues(header) <= values + listed + header.length, 'more values before the payload than a message may have')
  check(isProportionate(header, octets, MOST_PER_OCTET), 'a message takes more memory than its octets allow')
}
