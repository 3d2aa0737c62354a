// WebSocket frames octet by octet: what is taken, what is a fault, and that cutting the stream changes nothing.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  finishMasked,
  maskedHeadSize,
  WEBSOCKET_BINARY as BINARY,
  WEBSOCKET_TEXT as TEXT,
  WebSocketReader,
  webSocketHeadSize,
  writeWebSocketHead,
} from './websocket-frames.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (octet) => parseInt(octet, 16))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A masked frame as a client sends it; the payload is given in the clear. */
function frame(first: number, payload: Uint8Array, key = [0x37, 0xfa, 0x21, 0x3d]): Uint8Array {
  const length = payload.length
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255]
  return Uint8Array.of(first, (head[0] ?? 0) | 0x80, ...head.slice(1), ...key, ...payload.map((octet, i) => octet ^ (key[i % 4] ?? 0)))
}

/** A frame as a router sends it. */
function plainFrame(first: number, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(webSocketHeadSize(payload.length))
  writeWebSocketHead(head, 0, 0, payload.length)
  return Uint8Array.of(first, ...head.subarray(1), ...payload)
}

/** What a reader makes of chunks (copied, since they are changed), each event as a line. */
function read(chunks: readonly Uint8Array[], maxMessageBytes = 100_000, peer: 'client' | 'router' = 'client'): string[] {
  const events: string[] = []
  const reader = new WebSocketReader(
    {
      onMessage: (message, isText) => events.push(`${isText ? 'text' : 'binary'} ${toHex(message)}`),
      onPing: (payload) => events.push(`ping ${toHex(payload)}`),
      onPong: () => events.push('pong'),
      onFragment: () => {},
      onClose: (code, reason) => events.push(`close ${code}${reason.length === 0 ? '' : ` ${toHex(reason)}`}`),
      onFault: (cause) => events.push(cause),
    },
    maxMessageBytes,
    peer,
  )
  for (const chunk of chunks) reader.receive(new Uint8Array(chunk))
  return events
}

/** The same by a reader that is held after some of the messages, each time as `holds` says, and gets no octets until it is released. */
function readHolding(chunks: readonly Uint8Array[], holds: readonly boolean[]): string[] {
  const events: string[] = []
  const waiting = [...holds]
  let isHeld = false
  const add = (event: string): void => {
    if (isHeld) throw new Error('told something while held')
    events.push(event)
    isHeld = waiting.shift() === true
    if (isHeld) reader.hold()
  }
  const reader: WebSocketReader = new WebSocketReader(
    {
      onMessage: (message, isText) => add(`${isText ? 'text' : 'binary'} ${toHex(message)}`),
      onPing: (payload) => add(`ping ${toHex(payload)}`),
      onPong: () => add('pong'),
      onFragment: () => {},
      onClose: (code) => add(`close ${code}`),
      onFault: (cause) => add(cause),
    },
    100_000,
    'client',
  )
  for (const chunk of chunks) {
    for (let rest = new Uint8Array(chunk); rest.length > 0;) {
      rest = rest.subarray(reader.receive(rest))
      isHeld = false
      reader.release()
    }
  }
  return events
}

describe('WebSocketReader', () => {
  it('reads the masked text of the example in RFC 6455', () => {
    expect(read([hex('81 85 37 fa 21 3d 7f 9f 4d 51 58')])).toEqual([`text ${toHex(Buffer.from('Hello'))}`])
  })

  it('hands an unfragmented message out as a plain view of the chunk', () => {
    const chunk = Buffer.from(frame(0x82, hex('01 02 03')))
    let view: Uint8Array | undefined
    new WebSocketReader(
      { onMessage: (message) => (view = message), onPing() {}, onPong() {}, onFragment() {}, onClose() {}, onFault() {} },
      100,
      'client',
    ).receive(chunk)
    expect(view?.buffer).toBe(chunk.buffer)
    expect(view).toEqual(hex('01 02 03'))
    expect(view).not.toBeInstanceOf(Buffer)
  })

  it('reads lengths of 7, 16 and 64 bits', () => {
    for (const length of [0, 125, 126, 127, 65_535, 65_536, 70_000]) {
      const payload = Uint8Array.from({ length }, (_, i) => i * 7)
      expect(read([frame(0x82, payload)])).toEqual([`binary ${toHex(payload)}`])
    }
  })

  it('takes lengths that are not written in the shortest way', () => {
    expect(read([hex('82 fe 00 01 00 00 00 00 aa')])).toEqual(['binary aa'])
    expect(read([hex('82 ff 00 00 00 00 00 00 00 01 00 00 00 00 aa')])).toEqual(['binary aa'])
  })

  it('makes one message of fragments, with control frames between [BP-TRN-03]', () => {
    const stream = Buffer.concat([
      frame(0x01, hex('5b')),
      frame(0x89, hex('aa')),
      frame(0x00, hex('31')),
      frame(0x8a, hex('')),
      frame(0x80, hex('5d')),
    ])
    expect(read([stream])).toEqual(['ping aa', 'pong', 'text 5b315d'])
  })

  it('takes empty fragments and empty messages', () => {
    expect(read([frame(0x02, hex('')), frame(0x00, hex('')), frame(0x80, hex('')), frame(0x81, hex(''))])).toEqual(['binary ', 'text '])
  })

  it('reads each of several frames of one chunk', () => {
    expect(read([Buffer.concat([frame(0x81, hex('31')), frame(0x82, hex('32')), frame(0x88, hex('03 e8'))])])).toEqual([
      'text 31',
      'binary 32',
      'close 1000',
    ])
  })

  it.each([
    ['a frame that is not masked', '81 01 31'],
    ['reserved bit 1', 'c1 80 00 00 00 00'],
    ['reserved bit 2', 'a1 80 00 00 00 00'],
    ['reserved bit 3', '91 80 00 00 00 00'],
    ['reserved data opcode 3', '83 80 00 00 00 00'],
    ['reserved data opcode 7', '87 80 00 00 00 00'],
    ['reserved control opcode 11', '8b 80 00 00 00 00'],
    ['reserved control opcode 15', '8f 80 00 00 00 00'],
    ['a ping in fragments', '09 80 00 00 00 00'],
    ['a ping of 126 octets', '89 fe 00 7e 00 00 00 00'],
    ['a close of more than 125 octets', '88 ff'],
    ['a continuation of nothing', '80 80 00 00 00 00'],
    ['a new message within fragments', '01 80 00 00 00 00 81 80 00 00 00 00'],
    ['a close payload of one octet', '88 81 00 00 00 00 03'],
  ])('takes %s for a protocol violation', (_, octets) => {
    expect(read([hex(octets), frame(0x81, hex('31'))])).toEqual(['protocol_violation'])
  })

  it('takes the close codes that may be sent and no others', () => {
    const closeWith = (code: number): string[] => read([frame(0x88, Uint8Array.of(code >> 8, code & 255))])
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
      expect(closeWith(code)).toEqual([`close ${code}`])
    }
    for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
      expect(closeWith(code)).toEqual(['protocol_violation'])
    expect(read([frame(0x88, hex(''))])).toEqual(['close undefined'])
  })

  it('takes a close reason that is not UTF-8 for invalid text', () => {
    expect(read([frame(0x88, hex('03 e8 c3 a4'))])).toEqual(['close 1000 c3a4'])
    expect(read([frame(0x88, hex('03 e8 c3'))])).toEqual(['invalid_text'])
  })

  it('reads nothing behind a close', () => {
    expect(read([Buffer.concat([frame(0x88, hex('03 e8')), frame(0x81, hex('31'))]), frame(0x81, hex('32'))])).toEqual(['close 1000'])
  })

  it('refuses a message beyond the limit when its length is announced', () => {
    expect(read([frame(0x82, new Uint8Array(1_000))], 1_000)).toHaveLength(1)
    expect(read([hex('82 fe 03 e9 00 00 00 00')], 1_000)).toEqual(['too_large'])
    expect(read([hex('82 ff 00 00 00 01 00 00 00 00 00 00 00 00')], 1_000)).toEqual(['too_large'])
    expect(read([hex('82 ff ff ff ff ff ff ff ff ff 00 00 00 00')], 1_000)).toEqual(['too_large'])
  })

  it('counts fragments together against the limit, and control frames not at all', () => {
    const half = new Uint8Array(500)
    expect(read([frame(0x02, half), frame(0x89, new Uint8Array(125)), frame(0x80, half)], 1_000).map((event) => event.slice(0, 6))).toEqual(
      ['ping 0', 'binary'],
    )
    expect(read([frame(0x02, half), frame(0x00, half), hex('80 81 00 00 00 00')], 1_000)).toEqual(['too_large'])
    expect(read([frame(0x89, hex('aa bb cc'))], 2)).toEqual(['ping aabbcc'])
  })

  it('hands out nothing after stop, also not from the same chunk', () => {
    const events: number[] = []
    const reader: WebSocketReader = new WebSocketReader(
      {
        onMessage: (message) => (events.push(message.length), reader.stop()),
        onPing() {},
        onPong() {},
        onFragment() {},
        onClose() {},
        onFault() {},
      },
      100,
      'client',
    )
    reader.receive(Buffer.concat([frame(0x81, hex('31')), frame(0x81, hex('31 32')), hex('81')]))
    reader.receive(frame(0x81, hex('31 32 33')))
    expect(events).toEqual([1])
  })

  it('gives the same events wherever the stream is cut', () => {
    const stream = Buffer.concat([
      frame(0x81, hex('5b 31 5d')),
      frame(
        0x02,
        Uint8Array.from({ length: 300 }, (_, i) => i),
      ),
      frame(0x89, hex('01 02')),
      frame(0x80, hex('ff')),
      frame(0x82, hex('')),
      frame(0x88, hex('03 e9 62 79 65')),
    ])
    const whole = read([stream])
    expect(whole).toHaveLength(5)
    for (let cut = 0; cut <= stream.length; cut++) expect(read([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole)
    expect(read(Array.from(stream, (octet) => Uint8Array.of(octet)))).toEqual(whole)
  })

  it('gives the same events for any frames, however cut', () => {
    const someFrame = fc
      .tuple(
        fc.constantFrom(0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a),
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
      )
      .map(([first, payload, key]) => frame(first, first >= 0x88 ? payload.subarray(0, 125) : payload, key))
    fc.assert(
      fc.property(fc.array(someFrame, { maxLength: 8 }), fc.array(fc.nat(1_000)), (frames, cuts) => {
        const stream = Buffer.concat(frames)
        const bounds = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length]
        const chunks = bounds.slice(1).map((end, i) => stream.subarray(bounds[i], end))
        expect(read(chunks)).toEqual(read([stream]))
      }),
    )
  })

  it('hands out nothing while it is held, and gives the same events for any frames, wherever it is held', () => {
    const someFrame = fc
      .tuple(fc.constantFrom(0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0xc1), fc.uint8Array({ maxLength: 30 }))
      .map(([first, payload]) => frame(first, first === 0x88 ? hex('03 e8') : payload))
    fc.assert(
      fc.property(fc.array(someFrame, { maxLength: 8 }), fc.array(fc.boolean(), { maxLength: 8 }), fc.nat(200), (frames, holds, cut) => {
        const stream = Buffer.concat(frames)
        const chunks = [stream.subarray(0, cut), stream.subarray(cut)]
        expect(readHolding(chunks, holds)).toEqual(read([stream]))
      }),
    )
  })

  it('hands out nothing after stop, also when it is released', () => {
    const events: string[] = []
    const reader: WebSocketReader = new WebSocketReader(
      {
        onMessage: (message) => (events.push(toHex(message)), reader.stop()),
        onPing() {},
        onPong() {},
        onFragment() {},
        onClose() {},
        onFault() {},
      },
      100,
      'client',
    )
    expect(reader.receive(Buffer.concat([frame(0x82, hex('01')), frame(0x82, hex('02'))]))).toBe(14)
    reader.hold()
    reader.release()
    reader.receive(frame(0x82, hex('03')))
    expect(events).toEqual(['01'])
  })

  it('makes events and nothing else of any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        const singly = Array.from(octets, (octet) => Uint8Array.of(octet))
        expect(read([octets], 1_000)).toEqual(read(singly, 1_000))
      }),
    )
  })
})

describe('a reader of what a router sends', () => {
  it('reads messages, fragments and control frames without a mask', () => {
    const stream = Buffer.concat([
      plainFrame(0x81, hex('31')),
      plainFrame(0x02, new Uint8Array(126)),
      plainFrame(0x89, hex('aa')),
      plainFrame(0x80, new Uint8Array(70_000)),
      plainFrame(0x8a, hex('')),
      plainFrame(0x88, hex('03 e9 62 79 65')),
    ])
    const whole = read([stream], 100_000, 'router')
    expect(whole).toEqual(['text 31', 'ping aa', `binary ${'00'.repeat(70_126)}`, 'pong', 'close 1001 627965'])
    for (let cut = 0; cut <= 200; cut++) expect(read([stream.subarray(0, cut), stream.subarray(cut)], 100_000, 'router')).toEqual(whole)
  })

  it('takes a masked frame for a protocol violation, as soon as its head is there', () => {
    expect(read([frame(0x81, hex('31'))], 100, 'router')).toEqual(['protocol_violation'])
    expect(read([hex('81 80')], 100, 'router')).toEqual(['protocol_violation'])
  })

  it.each([
    ['reserved bit 1', 'c1 00', 'protocol_violation'],
    ['reserved opcode 3', '83 00', 'protocol_violation'],
    ['a ping of 126 octets', '89 7e 00 7e', 'protocol_violation'],
    ['a close in fragments', '08 00', 'protocol_violation'],
    ['a close payload of one octet', '88 01 03', 'protocol_violation'],
    ['close code 1005', '88 02 03 ed', 'protocol_violation'],
    ['a reason that is not UTF-8', '88 03 03 e8 ff', 'invalid_text'],
    ['a message beyond the limit', '82 7e 03 e9', 'too_large'],
  ])('refuses %s', (_, octets, fault) => {
    expect(read([hex(octets), plainFrame(0x81, hex('31'))], 1_000, 'router')).toEqual([fault])
  })

  it('takes a message of as many fragments as there are', () => {
    const fragments = Array.from({ length: 70_000 }, () => hex('00 01 61'))
    const stream = Buffer.concat([hex('01 01 61'), ...fragments, hex('80 01 61')])
    expect(read([stream], 100_000, 'router')).toEqual([`text ${'61'.repeat(70_002)}`])
  })
})

describe('finishMasked', () => {
  it('makes a frame that a router reads as it was, of any length', () => {
    fc.assert(
      fc.property(fc.nat(66_000), fc.nat(9), fc.integer(), (length, at, key) => {
        const payload = Uint8Array.from({ length }, (_, i) => i * 31)
        const target = new Uint8Array(at + maskedHeadSize(length) + length)
        target.set(payload, at + maskedHeadSize(length))
        finishMasked(target, at, BINARY, length, key)
        expect(read([target.subarray(at)], 70_000)).toEqual([`binary ${toHex(payload)}`])
      }),
      { numRuns: 50 },
    )
  })

  it('masks with the octets of the key, the lowest first, and leaves all else as it is', () => {
    const target = hex('ee 00 00 00 00 00 00 01 02 03 04 05 ee')
    finishMasked(target, 1, TEXT, 5, 0x80_03_02_01 | 0)
    expect(toHex(target)).toBe('ee818501020380' + '0000008404' + 'ee')
  })
})

describe('writeWebSocketHead', () => {
  it.each([
    [TEXT, 0, '8100'],
    [TEXT, 125, '817d'],
    [BINARY, 126, '827e007e'],
    [BINARY, 65_535, '827effff'],
    [BINARY, 65_536, '827f0000000000010000'],
    [BINARY, 2 ** 33 + 5, '827f0000000200000005'],
  ])('writes opcode %i and length %i in the shortest way', (opcode, length, expected) => {
    const target = new Uint8Array(webSocketHeadSize(length))
    writeWebSocketHead(target, 0, opcode, length)
    expect(toHex(target)).toBe(expected)
  })
})
