// Groups `http`, `websocket` and `rawsocket`: requests, frames and handshakes that break the rules of their transport.

import type { Bytes, Case, Expectation, Step } from '../case.ts'
import type { FrameOptions } from '../frames.ts'
import { rawSocketFrame, webSocketFrame } from '../frames.ts'
import { hex, VIOLATION } from './make.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const REFUSED = { any: ['status 400', 'close'] }
const CALL = '[48,1,{},"com.nobody.here"]'
const ANSWER: readonly unknown[] = [8, 48, 1, '*', 'wamp.error.no_such_procedure', '*']

/** An upgrade with some headers in the place of its own, or without them. */
function upgrade(changes: Readonly<Record<string, string | undefined>> = {}, first = 'GET /ws HTTP/1.1', behind = ''): string {
  const headers: Record<string, string | undefined> = {
    Host: 'router.example',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Protocol': 'wamp.2.json',
    ...changes,
  }
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined)
  return `${first}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${behind}`
}

export function httpCases(): Case[] {
  const http = (name: string, octets: Bytes, expect: Expectation): Case => ({ name, via: 'http', steps: [{ octets, expect }] })
  const changed = (name: string, changes: Readonly<Record<string, string | undefined>>, expect: Expectation): Case =>
    http(name, upgrade(changes), expect)
  const many = (times: number): Bytes => [upgrade().slice(0, -2), { of: 'X-A: b\r\n', times }, '\r\n']
  return [
    http('nothing', '', { any: ['status 408', 'close'] }),
    http('half a request', 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgr', { any: ['status 408', 'close'] }),
    http('octets that are no HTTP', 'hex:00ff7f0102030405', REFUSED),
    http('the start of TLS', 'hex:16030100c8010000c40303', REFUSED),
    http('a RawSocket handshake', 'hex:7ff10000', REFUSED),
    http('an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { any: ['status 400|405|505', 'close'] }),
    http('HTTP/1.0', upgrade({}, 'GET /ws HTTP/1.0'), 'status 400|426|505'),
    http('HTTP/0.9', 'GET /ws\r\n\r\n', { any: ['status 400|426|505', 'close'] }),
    http('HTTP/1.1 with a method of its own', upgrade({}, 'WEBSOCKET /ws HTTP/1.1'), 'status 400|405'),
    http('POST', upgrade({}, 'POST /ws HTTP/1.1'), 'status 400|405'),
    http('HEAD', upgrade({}, 'HEAD /ws HTTP/1.1'), 'status 400|405|426'),
    http('a path that is not there', upgrade({}, 'GET /nothing HTTP/1.1'), 'status 404|400'),
    http('a path out of the folder', upgrade({}, 'GET /../../etc/passwd HTTP/1.1'), 'status 404|400'),
    http('a page out of the folder', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 'status 404|400'),
    http('a page out of the folder, escaped', 'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 'status 404|400'),
    http('a path of 20,000 characters', ['GET /', { of: 'a', times: 20_000 }, ' HTTP/1.1\r\nHost: x\r\n\r\n'], 'status 400|404|414|431'),
    http('a blank in the path', upgrade({}, 'GET /w s HTTP/1.1'), REFUSED),
    http('a NUL in the path', upgrade({}, 'GET /ws\u0000 HTTP/1.1'), REFUSED),
    changed('no Host', { Host: undefined }, 'status 400'),
    changed('no Upgrade', { Upgrade: undefined }, 'status 400|426'),
    changed('another Upgrade', { Upgrade: 'h2c' }, 'status 400|426'),
    changed('no Connection', { Connection: undefined }, 'status 400|426'),
    changed('Connection without Upgrade', { Connection: 'keep-alive' }, 'status 400|426'),
    changed('no version', { 'Sec-WebSocket-Version': undefined }, 'status 400|426'),
    changed('version 8', { 'Sec-WebSocket-Version': '8' }, 'status 400|426'),
    changed('version 13, 14', { 'Sec-WebSocket-Version': '13, 14' }, 'status 400|426'),
    changed('no key', { 'Sec-WebSocket-Key': undefined }, 'status 400'),
    changed('an empty key', { 'Sec-WebSocket-Key': '' }, 'status 400'),
    changed('a key of 15 octets', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }, 'status 400'),
    changed('a key that is no Base64', { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' }, 'status 400'),
    changed('no subprotocol', { 'Sec-WebSocket-Protocol': undefined }, 'status 400'),
    changed('subprotocols of others', { 'Sec-WebSocket-Protocol': 'chat, wamp, wamp.2' }, 'status 400'),
    changed('wamp.1', { 'Sec-WebSocket-Protocol': 'wamp' }, 'status 400'),
    changed('a subprotocol named as a property', { 'Sec-WebSocket-Protocol': '__proto__, constructor' }, 'status 400'),
    changed('a subprotocol in other case', { 'Sec-WebSocket-Protocol': 'WAMP.2.JSON' }, 'status 400'),
    http('50,000 blanks in the subprotocols', upgrade({ 'Sec-WebSocket-Protocol': `a${' '.repeat(5_000)}b` }), 'status 400|431'),
    http('a header of 100,000 octets', upgrade({ 'X-Long': 'a'.repeat(100_000) }), { any: ['status 431|400', 'close'] }),
    http('1,000 headers', many(1_000), { any: ['status 431|400', 'close'] }),
    http('a header without a name', upgrade({ '': 'x' }), REFUSED),
    http('a header with a line in it', `${upgrade().slice(0, -2)}X-A: b\n c\r\n\r\n`, { any: ['status 400', 'status 101'] }),
    http('a NUL in a header', upgrade({ 'X-A': 'a\u0000b' }), REFUSED),
    http('a header name with a blank', upgrade({ 'X A': 'b' }), REFUSED),
    changed('a body of 5 octets', { 'Content-Length': '5' }, 'status 400'),
    changed('a body of -5 octets', { 'Content-Length': '-5' }, REFUSED),
    http('two lengths', `${upgrade().slice(0, -2)}Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello`, REFUSED),
    changed('a length and chunks', { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }, REFUSED),
    changed('chunks', { 'Transfer-Encoding': 'chunked' }, 'status 400'),
    http(
      'permessage-deflate is not taken',
      upgrade({ 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' }),
      'status 101',
    ),
    http('an extension named as a property', upgrade({ 'Sec-WebSocket-Extensions': '__proto__; constructor=1' }), 'status 101'),
    http('properties as headers', upgrade({ ['__proto__']: 'x', constructor: 'y', toString: 'z' }), 'status 101'),
    {
      name: 'a frame right behind the request',
      via: 'http',
      steps: [
        { octets: upgrade(), expect: 'status 101' },
        { octets: hex(webSocketFrame(1, Buffer.from('[1,"open",{"roles":{"caller":{}}}]'))), expect: [2, '*', '*'] },
      ],
    },
  ]
}

export function websocketCases(): Case[] {
  const text = (payload: string | Uint8Array): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload) : payload)
  const frame = (opcode: number, payload: string | Uint8Array = '', options: FrameOptions = {}): string =>
    hex(webSocketFrame(opcode, text(payload), options))
  const raw = (name: string, octets: Bytes, expect: Expectation): Case => ({ name, join: 'open', steps: [{ octets, expect }] })
  const closing = (name: string, payload: Uint8Array, expect: Expectation): Case => raw(`CLOSE with ${name}`, frame(8, payload), expect)
  const code = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255)
  const steps = (name: string, all: readonly Step[]): Case => ({ name, join: 'open', steps: all })
  const BROKEN = 'close 1002'
  return [
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => raw(`opcode ${opcode}`, frame(opcode), BROKEN)),
    ...[0xc0, 0xa0, 0x90, 0xf0].map((flags) => raw(`reserved bits 0x${(flags & 0x70).toString(16)}`, frame(1, CALL, { flags }), BROKEN)),
    raw('a text frame without a mask', frame(1, CALL, { isUnmasked: true }), BROKEN),
    raw('a PING without a mask', frame(9, '', { isUnmasked: true }), BROKEN),
    raw('a CLOSE without a mask', frame(8, '', { isUnmasked: true }), BROKEN),
    raw('a continuation of nothing', frame(0, CALL), BROKEN),
    raw('a continuation of nothing, not the last', frame(0, CALL, { flags: 0 }), BROKEN),
    raw('a text within a text', [frame(1, '[48,', { flags: 0 }), frame(1, CALL)], BROKEN),
    raw('a binary within a text', [frame(1, '[48,', { flags: 0 }), frame(2, CALL)], BROKEN),
    raw('a continuation too many', [frame(1, '[48,1,{},', { flags: 0 }), frame(0, '"com.nobody.here"]'), frame(0, 'x')], {
      any: [ANSWER, BROKEN],
    }),
    raw('a PING in fragments', frame(9, 'x', { flags: 0 }), BROKEN),
    raw('a CLOSE in fragments', frame(8, code(1000), { flags: 0 }), BROKEN),
    raw('a PING of 126 octets', frame(9, 'x'.repeat(126)), BROKEN),
    raw('a CLOSE of 126 octets', frame(8, 'x'.repeat(126)), BROKEN),
    raw('a PING that claims 2^62 octets', frame(9, '', { claims: 2 ** 62 }), BROKEN),
    raw('a message that claims 2^62 octets', frame(1, '', { claims: 2 ** 62 }), { any: ['close 1009', VIOLATION] }),
    raw('a message that claims 2^63 octets', 'hex:81ff800000000000000000000000', { any: ['close 1009', VIOLATION, BROKEN] }),
    raw('a message that claims 40 MiB', frame(1, '[48', { claims: 40 * 2 ** 20 }), { any: ['close 1009', VIOLATION] }),
    raw('a fragment that makes it too long', [frame(1, 'x'.repeat(100), { flags: 0 }), frame(0, '', { claims: 5 * 2 ** 20 })], {
      any: ['close 1009', VIOLATION],
    }),
    raw('a length in 16 bits that 7 would hold', frame(1, CALL, { lengthBits: 16 }), { any: [ANSWER, BROKEN] }),
    raw('a length in 64 bits that 7 would hold', frame(1, CALL, { lengthBits: 64 }), { any: [ANSWER, BROKEN] }),
    raw('an empty text', frame(1), VIOLATION),
    raw('a binary message on a text subprotocol', frame(2, CALL), VIOLATION),
    raw('an empty binary message on a text subprotocol', frame(2), VIOLATION),
    {
      name: 'a text message on a binary subprotocol',
      via: 'ws.msgpack',
      join: 'open',
      steps: [{ octets: frame(1, CALL), expect: VIOLATION }],
    },
    { name: 'a text message on CBOR', via: 'ws.cbor', join: 'open', steps: [{ octets: frame(1, CALL), expect: VIOLATION }] },
    raw('text that is no UTF-8', frame(1, Uint8Array.of(0x5b, 0xff, 0x5d)), { any: [VIOLATION, 'close 1007'] }),
    raw('text that is no UTF-8, in fragments', [frame(1, Uint8Array.of(0x5b, 0xc3), { flags: 0 }), frame(0, Uint8Array.of(0x28, 0x5d))], {
      any: [VIOLATION, 'close 1007'],
    }),
    closing('nothing', Uint8Array.of(), 'close'),
    closing('half a code', Uint8Array.of(3), BROKEN),
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535].map((value) => closing(`code ${value}`, code(value), BROKEN)),
    ...[1000, 3000, 4999].map((value) => closing(`code ${value}`, code(value), `close ${value}`)),
    closing('a reason that is no UTF-8', Uint8Array.of(3, 232, 255), { any: ['close 1007', BROKEN] }),
    steps('nothing is processed behind a CLOSE', [{ octets: [frame(8, code(1000)), frame(1, CALL)], expect: 'close 1000' }]),
    steps('a PING within a message in fragments', [
      { octets: [frame(1, '[48,1,{},', { flags: 0 }), frame(9, 'abc'), frame(0, '"com.nobody.here"]')], expect: 'pong 616263' },
      { expect: ANSWER },
    ]),
    steps('a PONG that nobody asked for', [{ octets: [frame(10, 'abc'), frame(1, CALL)], expect: ANSWER }]),
    steps('a message of a thousand empty fragments', [
      {
        octets: [frame(1, '[48,1,{},', { flags: 0 }), { of: frame(0, '', { flags: 0 }), times: 1_000 }, frame(0, '"com.nobody.here"]')],
        expect: ANSWER,
      },
    ]),
    { name: 'a frame before HELLO that is broken', steps: [{ octets: frame(3), expect: BROKEN }] },
    { name: 'RawSocket frames over WebSocket', steps: [{ octets: hex(rawSocketFrame(0, Buffer.from(CALL))), expect: BROKEN }] },
  ]
}

export function rawsocketCases(): Case[] {
  const shake = (name: string, octets: Bytes, expect: Expectation): Case => ({ name, via: 'rawsocket', steps: [{ octets, expect }] })
  const refused = (name: string, octets: string, error: number): Case => ({
    name,
    via: 'rawsocket',
    steps: [{ octets: `hex:${octets}`, expect: `octets 7f${error}00000` }, { expect: 'close' }],
  })
  const frame = (type: number, payload = '', claims?: number): string => hex(rawSocketFrame(type, Buffer.from(payload), claims))
  const raw = (name: string, octets: Bytes, expect: Expectation): Case => ({
    name,
    via: 'rs.json',
    join: 'open',
    steps: [{ octets, expect }],
  })
  return [
    shake('nothing', '', 'close'),
    shake('one octet', 'hex:7f', 'close'),
    shake('three octets', 'hex:7ff100', 'close'),
    shake('another first octet', 'hex:7ef10000', 'close'),
    shake('four zeros', 'hex:00000000', 'close'),
    shake('HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'close'),
    shake('the start of TLS', 'hex:16030100c8010000c40303', 'close'),
    shake('serializer 0', 'hex:7ff00000', 'close'),
    ...[4, 5, 9, 15].map((id) => refused(`serializer ${id}`, `7ff${id.toString(16)}0000`, 1)),
    refused('the third octet used', '7ff10100', 3),
    refused('the fourth octet used', '7ff10001', 3),
    refused('both octets used', '7ff1ffff', 3),
    ...[3, 4, 5, 6, 7].map((type) => raw(`frame type ${type}`, frame(type, '[]'), 'close')),
    ...[0x10, 0x20, 0x40, 0x80, 0xf0].map((bits) => raw(`reserved bits 0x${bits.toString(16)}`, frame(bits, '[]'), 'close')),
    raw('a frame of 2^24-1 octets, announced', frame(0, '', 2 ** 24 - 1), 'close'),
    raw('a frame of 2^24 octets, announced', 'hex:08000000', 'close'),
    raw('the bit for 2^24 octets and a length', 'hex:08000001', 'close'),
    raw('a frame of 4 MiB + 1, announced', frame(0, '[', 4 * 2 ** 20 + 1), 'close'),
    raw('an empty message', frame(0), VIOLATION),
    raw('a PING', frame(1, 'abc'), 'pong 616263'),
    raw('an empty PING', frame(1), 'pong'),
    raw('a PING of 5 MiB, announced', frame(1, '', 5 * 2 ** 20), 'close'),
    raw('a PONG that nobody asked for', [frame(2, 'abc'), frame(0, CALL)], ANSWER),
    raw('a WebSocket frame', hex(webSocketFrame(1, Buffer.from(CALL))), 'close'),
    raw('a message in single octets of JSON, two in one', frame(0, `${CALL}${CALL}`), VIOLATION),
    { name: 'frame type 3 before HELLO', via: 'rs.msgpack', steps: [{ octets: frame(3, ''), expect: 'close' }] },
    { name: 'JSON on MessagePack', via: 'rs.msgpack', join: 'open', steps: [{ octets: frame(0, CALL), expect: VIOLATION }] },
    { name: 'JSON on CBOR', via: 'rs.cbor', join: 'open', steps: [{ octets: frame(0, CALL), expect: VIOLATION }] },
    {
      name: 'the least length, and a refusal longer than that',
      via: 'rawsocket',
      steps: [
        { octets: 'hex:7f010000', expect: 'octets 7fd10000' },
        { octets: frame(0, `[1,"${'a'.repeat(600)}",{"roles":{"caller":{}}}]`), expect: { any: ['close', 'ABORT'] } },
      ],
    },
    {
      name: 'the least length, and an answer longer than that',
      via: 'rawsocket',
      steps: [
        { octets: 'hex:7f010000', expect: 'octets 7fd10000' },
        { octets: frame(0, '[1,"open",{"roles":{"caller":{}}}]'), expect: { any: [[2, '*', '*'], 'close', 'ABORT'] } },
      ],
    },
  ]
}
