// RawSocket: the four octets of the handshake, read from both sides, and the frames after them.

import {
  RAWSOCKET_HANDSHAKE_OCTETS,
  RawSocketReader,
  rawSocketExponent,
  rawSocketRequest,
  readRawSocketReply,
  readRawSocketRequest,
} from '@trunkline/protocol'
import { FORMATS, fromHex } from '@trunkline/testkit'
import { checkStream, Events } from './streams.ts'
import type { Target } from './target.ts'
import { check, isSameBytes } from './target.ts'

export function rawsocketTarget(): Target {
  return {
    name: 'rawsocket',
    files: /protocol\/src\/(rawsocket|partial-frame)\.ts/,
    seeds: SEEDS.map(fromHex),
    tokens: TOKENS.map(fromHex),
    run(input) {
      const opening = input.subarray(0, RAWSOCKET_HANDSHAKE_OCTETS)
      const limit = 512 << ((input[1] ?? 0) >> 4)
      const kind = checkOpening(opening)
      return `${kind} ${checkStream(input.subarray(RAWSOCKET_HANDSHAKE_OCTETS), 1 + (input[0] ?? 0), (chunks) => read(chunks, limit))}`
    },
  }
}

/** What was read equals what we would write for the same request; a reply is accepted only when it repeats the serializer. */
function checkOpening(opening: Uint8Array): string {
  const verdict = readRawSocketRequest(opening)
  const replies = FORMATS.map((format) => readRawSocketReply(opening, format))
  for (const reply of replies) {
    if (typeof reply === 'object' && 'maxSendBytes' in reply)
      check(reply.maxSendBytes >= 512 && reply.maxSendBytes < 2 ** 24, 'a limit out of range')
  }
  if (verdict === 'not_rawsocket' || 'error' in verdict) return JSON.stringify(verdict)
  if (verdict.serializer === undefined) return 'unknown serializer'
  const exponent = verdict.maxSendBytes === 2 ** 24 - 1 ? 15 : rawSocketExponent(verdict.maxSendBytes)
  check(isSameBytes(rawSocketRequest(verdict.serializer, exponent), opening), 'the router accepted a request that no client writes')
  check(
    replies.filter((reply) => typeof reply === 'object' && 'maxSendBytes' in reply).length === 1,
    'not exactly one serializer takes the reply',
  )
  return verdict.serializer
}

function read(chunks: readonly Uint8Array[], limit: number): Events {
  const events = new Events(limit)
  const reader = new RawSocketReader(
    {
      onMessage: (message) => events.add('message', message),
      onPing: (payload) => events.add('ping', payload),
      onPong: (payload) => events.add('pong', payload),
      onFault: (cause) => events.addLast(cause),
    },
    limit,
  )
  for (const chunk of chunks) reader.receive(chunk)
  return events
}

const SEEDS = [
  '7f f1 00 00 00 00 00 02 5b 5d',
  '7f 02 00 00 01 00 00 03 61 62 63 02 00 00 00 00 00 00 01 c0',
  `7f 03 00 00 00 00 02 00 ${'00 '.repeat(512)}`,
  '7f 03 00 00 00 00 02 01',
  '7f f0 00 00',
  '7f f4 00 01 08 00 00 00',
  '7f 10 00 00',
]
const TOKENS = [
  '7f',
  'f1',
  '00 00',
  '00 00 00 01 61',
  '01 00 00 00',
  '02 00 00 01 61',
  '08 00 00 00',
  '0a 00 00 00',
  '03',
  '10',
  '00 ff ff ff',
  '00 00 02 00',
]
