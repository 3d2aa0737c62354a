// The opening handshake of WebSocket: raw octets through node:http's parser into the listener, over a stream without a network.
// Judges the content of the answer, not its form.

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import { ascii } from '@trunkline/testkit'
import { Entrance } from '../../../packages/router/src/listeners/entrance.ts'
import { WebSocketDoor } from '../../../packages/router/src/listeners/websocket-upgrade.ts'
import { answerOf, looseServer } from './loose-http.ts'
import type { Target } from './target.ts'
import { check } from './target.ts'

const STATUSES = new Set([101, 400, 404, 405, 426, 431])
const ANSWER = /^HTTP\/1\.1 (\d{3}) [^\r\n]+\r\n((?:[A-Za-z-]+: [\x20-\x7e]+\r\n)+)\r\n([\s\S]*)$/
const HEADERS = new Set([
  'Upgrade',
  'Connection',
  'Sec-WebSocket-Accept',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Version',
  'Content-Type',
  'Content-Length',
  'Allow',
])

export function upgradeTarget(): Target {
  let accepted = 0
  const errors: string[] = []
  const door = new WebSocketDoor({
    paths: ['/ws', '/'],
    entrance: new Entrance({}, undefined),
    accept: () => {
      accepted++
      return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
    },
    onError: (error) => errors.push(String(error)),
    maxMessageBytes: 1000,
  })
  let request: IncomingMessage | undefined
  const server = looseServer()
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    request = incoming
    door.handleUpgrade(incoming, socket, head)
  })
  server.on('request', (_incoming, response) => response.destroy())

  function run(input: Uint8Array): string {
    accepted = 0
    errors.length = 0
    request = undefined
    const answer = answerOf(server, input)
    check(errors.length === 0, `the door reported ${errors[0]}`)
    if (request === undefined) {
      check(accepted === 0, 'accepted what was no upgrade')
      return 'no upgrade'
    }
    return judge(request, answer, accepted)
  }

  return { name: 'websocket-upgrade', files: /listeners\/websocket-upgrade\.ts/, seeds: SEEDS.map(ascii), tokens: TOKENS.map(ascii), run }
}

function judge(request: IncomingMessage, answer: string, accepted: number): string {
  const [, digits, headers = '', body = ''] = ANSWER.exec(answer) ?? []
  const status = Number(digits)
  check(STATUSES.has(status), `answered ${JSON.stringify(answer.slice(0, 80))}`)
  const names = headers
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, line.indexOf(':')))
  check(names.every((name) => HEADERS.has(name)) && new Set(names).size === names.length, `unforeseen headers: ${names.join(', ')}`)
  check(accepted === (status === 101 ? 1 : 0), `${status}, and accepted ${accepted} times`)
  if (status === 101) checkAcceptance(request, headers)
  else check(Number(/Content-Length: (\d+)/.exec(headers)?.[1]) === body.length, 'the length of the answer is wrong')
  return `${status} ${status === 101 ? '' : body.slice(0, 24)}`
}

/** RFC 6455, "Reading the Client's Opening Handshake", written independently. */
function checkAcceptance({ method, url, httpVersion, headers, headersDistinct }: IncomingMessage, answer: string): void {
  const key = headers['sec-websocket-key'] ?? ''
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  check(answer.includes(`Sec-WebSocket-Accept: ${proof}\r\n`), 'the key is not proved')
  check(Buffer.from(key, 'base64').length === 16, 'the key is not of 16 octets')
  check(method === 'GET' && httpVersion === '1.1' && headersDistinct.host?.length === 1, 'the request is not GET of HTTP/1.1 with one Host')
  check(/^\/(?:ws)?(?:\?|$)/.test(url ?? ''), `accepted at ${url}`)
  check(headers['sec-websocket-version'] === '13' && headers['transfer-encoding'] === undefined, 'version or body')
  const chosen = /Sec-WebSocket-Protocol: (.*)\r\n/.exec(answer)?.[1] ?? ''
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  check(offered.includes(chosen) && /^wamp\.2\.(?:json|msgpack|cbor)$/.test(chosen), `chose ${chosen}`)
}

const HEAD = 'GET /ws HTTP/1.1\r\nHost: localhost\r\n'
const UPGRADE = 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
const PROTOCOL = 'Sec-WebSocket-Protocol: wamp.2.msgpack, wamp.2.json\r\n'
const SEEDS = [
  `${HEAD}${UPGRADE}${KEY}${PROTOCOL}\r\n`,
  `${HEAD}${UPGRADE}${KEY}${PROTOCOL}Origin: http://localhost\r\nCookie: a=b\r\n\r\n\u0081\u0085\u0037\u00fa\u0021\u003d\u007f\u009f\u004d\u0051\u0058`,
  `${HEAD}connection: keep-alive, upgrade\r\nUPGRADE: h2c,WebSocket\r\n${KEY}${PROTOCOL}\r\n`,
  `GET /?a=b HTTP/1.1\r\nHost: x\r\n${UPGRADE}${KEY}Sec-WebSocket-Protocol: wamp.2.cbor\r\n\r\n`,
  `${HEAD}${UPGRADE}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: x\r\n\r\n`,
  `POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n${UPGRADE}${KEY}${PROTOCOL}\r\nx`,
  `${HEAD}${UPGRADE}${KEY}\r\n`,
  `GET /none HTTP/1.1\r\nHost: x\r\n${UPGRADE}${KEY}${PROTOCOL}\r\n`,
  `${HEAD}${UPGRADE}${'X-Y: z\r\n'.repeat(101)}${KEY}${PROTOCOL}\r\n`,
]
const TOKENS = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ': ',
    ',',
    ' ',
    '\t',
    '\0',
    '\u00ff',
    'GET ',
    'POST ',
    'CONNECT ',
    'OPTIONS * ',
    'HTTP/1.0',
    'HTTP/1.1',
    'HTTP/2.0',
    '/ws',
    '/',
    '?',
    '#',
  ],
  ...[
    'http://x/ws',
    '//x',
    '%2f',
    'Host: x\r\n',
    'Upgrade: websocket\r\n',
    'Connection: upgrade\r\n',
    'Connection: close\r\n',
    KEY,
    PROTOCOL,
    'Sec-WebSocket-Key: ',
    '==',
  ],
  ...[
    'Sec-WebSocket-Version: 13\r\n',
    'Sec-WebSocket-Protocol: ',
    'wamp.2.json',
    'wamp.2.cbor',
    'wamp.2.msgpack.batched',
    'Transfer-Encoding: chunked\r\n',
  ],
  ...[
    'Content-Length: 0\r\n',
    'Content-Length: 5\r\n',
    'Expect: 100-continue\r\n',
    'X: y\r\n',
    'Cookie: a\r\n',
    'Origin: null\r\n',
    '__proto__: 1\r\n',
  ],
]
