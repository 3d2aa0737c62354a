// WebSocket frames of a client, and of a router: what comes out is the same however the stream is cut, within the limit, and ends once.

import {
  WEBSOCKET_BINARY as BINARY,
  WEBSOCKET_CLOSE as CLOSE,
  WEBSOCKET_PING as PING,
  WEBSOCKET_TEXT as TEXT,
  WebSocketReader,
} from '@trunkline/protocol'
import { ascii, fromHex } from '@trunkline/testkit'
import { Events, checkStream } from './streams.ts'
import type { Target } from './target.ts'
import { concat } from './target.ts'

const LIMITS = [0, 125, 126, 1000, 70_000]

/** What a client sends, as the router reads it. */
export function websocketFramesTarget(): Target {
  return targetOf('websocket-frames', 'client', (whole) => whole)
}

/** What a router sends, as the client reads it. */
export function routerFramesTarget(): Target {
  return targetOf('router-frames', 'router', unmasked)
}

function targetOf(name: string, peer: 'client' | 'router', made: (frame: Uint8Array) => Uint8Array): Target {
  const seeds = [...SEEDS.map((frames) => [Uint8Array.of(3, 3), ...frames.map(made)]), [Uint8Array.of(1, 7), ...AT_LIMIT.map(made)]]
  return {
    name,
    files: /protocol\/src\/(websocket-(frames|mask)|partial-frame)\.ts/,
    seeds: seeds.map((parts) => concat(...parts)),
    tokens: TOKENS.map((token) => made(fromHex(token))),
    run(input) {
      const limit = LIMITS[(input[0] ?? 0) % LIMITS.length] ?? 0
      return checkStream(input.subarray(2), 1 + (input[1] ?? 0), (chunks) => read(chunks, limit, peer))
    },
  }
}

function read(chunks: readonly Uint8Array[], limit: number, peer: 'client' | 'router'): Events {
  const events = new Events(Math.max(limit, 125))
  const reader = new WebSocketReader(
    {
      onMessage: (message, isText) => events.add(isText ? 'text' : 'binary', message),
      onPing: (payload) => events.add('ping', payload),
      onPong: () => events.lines.push('pong'),
      onFragment: () => {},
      onClose: (code, reason) => events.addLast(`close ${code} ${Buffer.from(reason).toString('latin1')}`),
      onFault: (cause) => events.addLast(cause),
    },
    limit,
    peer,
  )
  for (const chunk of chunks) reader.receive(chunk)
  return events
}

/** A masked frame. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  const key = [0x37, 0xfa, 0x21, 0x3d]
  return Uint8Array.from([first, (size[0] ?? 0) | 0x80, ...size.slice(1), ...key, ...payload.map((octet, i) => octet ^ (key[i % 4] ?? 0))])
}

/** A frame, or a token that is a part of one, without its mask. */
function unmasked(octets: Uint8Array): Uint8Array {
  const [first = 0, second] = octets
  if (second === undefined) return octets
  // A token that begins with the second octet of a frame.
  if (first >= 0xfe) return concat(Uint8Array.of(first & 0x7f), octets.subarray(1))
  const length = second & 0x7f
  const key = length < 126 ? 2 : length === 126 ? 4 : 10
  const payload = octets.subarray(key + 4).map((octet, i) => octet ^ (octets[key + (i % 4)] ?? 0))
  return concat(Uint8Array.of(first, length), octets.subarray(2, key), payload)
}

const FIN = 0x80
const SEEDS: readonly (readonly Uint8Array[])[] = [
  [frame(FIN | TEXT, ascii('Hello')), frame(FIN | BINARY, new Uint8Array(3))],
  [frame(TEXT, ascii('He')), frame(FIN | PING, ascii('x')), frame(0, ascii('l')), frame(FIN, ascii('lo'))],
  [frame(FIN | BINARY, new Uint8Array(126)), frame(FIN | BINARY, new Uint8Array(400))],
  [frame(FIN | PING, new Uint8Array(125)), frame(FIN | 0xa, new Uint8Array(0))],
  [frame(FIN | CLOSE, Uint8Array.of(3, 0xe8, 0x61)), frame(FIN | TEXT, ascii('late'))],
  [frame(FIN | CLOSE, new Uint8Array(0))],
  [frame(FIN | BINARY, new Uint8Array(66_000))],
]
/** A message in fragments that is just as long as the smallest limit above nothing. */
const AT_LIMIT = [frame(BINARY, new Uint8Array(60)), frame(0, new Uint8Array(40)), frame(FIN, new Uint8Array(25))]
const TOKENS = [
  ...[
    '81 80 00 00 00 00',
    '82 80 00 00 00 00',
    '01 81 00 00 00 00 61',
    '00 81 00 00 00 00 61',
    '80 81 00 00 00 00 61',
    '89 80 00 00 00 00',
  ],
  ...[
    '8a 80 00 00 00 00',
    '88 80 00 00 00 00',
    '88 82 00 00 00 00 03 e8',
    '88 82 00 00 00 00 03 ed',
    '88 83 00 00 00 00 03 e8 ff',
    'fe 00 7e',
    'fe 00 01',
  ],
  ...[
    'ff 00 00 00 00 00 00 00 01',
    'ff ff ff ff ff ff ff ff ff',
    'ff 00 1f ff ff ff ff ff ff',
    '83',
    '8b',
    'c1',
    '09',
    'ff 00 00 00 00 00 01 00 00',
  ],
]
