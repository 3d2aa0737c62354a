// WebSocket frames of a client: what comes out is the same however the stream is cut, within the limit, and ends once.

import { ascii, fromHex } from '@trunkline/testkit'
import { PING, TEXT, BINARY, CLOSE, WebSocketReader } from '../../../packages/router/src/listeners/websocket-frames.ts'
import { Events, checkStream } from './streams.ts'
import type { Target } from './target.ts'
import { concat } from './target.ts'

const LIMITS = [0, 125, 126, 1000, 70_000]

export function websocketFramesTarget(): Target {
  return {
    name: 'websocket-frames',
    files: /listeners\/websocket-(frames|mask)\.ts|protocol\/src\/partial-frame\.ts/,
    seeds: [...SEEDS.map((frames) => concat(Uint8Array.of(3, 3), ...frames)), concat(Uint8Array.of(1, 7), ...AT_LIMIT)],
    tokens: TOKENS.map(fromHex),
    run(input) {
      const limit = LIMITS[(input[0] ?? 0) % LIMITS.length] ?? 0
      return checkStream(input.subarray(2), 1 + (input[1] ?? 0), (chunks) => read(chunks, limit))
    },
  }
}

function read(chunks: readonly Uint8Array[], limit: number): Events {
  const events = new Events(Math.max(limit, 125))
  const reader = new WebSocketReader(
    {
      onMessage: (message, isText) => events.add(isText ? 'text' : 'binary', message),
      onPing: (payload) => events.add('ping', payload),
      onPong: () => events.lines.push('pong'),
      onFragment: () => {},
      onClose: (code) => events.addLast(`close ${code}`),
      onFault: (cause) => events.addLast(cause),
    },
    limit,
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
