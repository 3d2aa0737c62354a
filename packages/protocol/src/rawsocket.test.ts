// RawSocket octet by octet: both sides of the handshake, prefixes, and the splitting of a stream cut anywhere.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { UsageError } from './errors.ts'
import {
  RAWSOCKET_RESERVED_BITS_USED,
  RAWSOCKET_SERIALIZER_UNSUPPORTED,
  RawSocketReader,
  rawSocketExponent,
  rawSocketLimit,
  rawSocketRefusal,
  rawSocketReply,
  rawSocketRequest,
  readRawSocketReply,
  readRawSocketRequest,
  writeRawSocketPrefix,
} from './rawsocket.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (octet) => parseInt(octet, 16))
const toHex = (bytes: Uint8Array): string => Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(' ')

function prefix(type: number, length: number): string {
  const target = new Uint8Array(4)
  writeRawSocketPrefix(target, 0, type, length)
  return toHex(target)
}

/** What a reader makes of chunks, each event as a line. */
function read(chunks: readonly Uint8Array[], maxMessageBytes = 2 ** 24): string[] {
  const events: string[] = []
  const reader = new RawSocketReader(
    {
      onMessage: (message) => events.push(`message ${toHex(message)}`),
      onPing: (payload) => events.push(`ping ${toHex(payload)}`),
      onPong: (payload) => events.push(`pong ${toHex(payload)}`),
      onFault: (cause) => events.push(cause),
    },
    maxMessageBytes,
  )
  for (const chunk of chunks) reader.receive(chunk)
  return events
}

describe('RawSocket handshake, client', () => {
  it('opens with 7f, length and serializer, and two zeros [AP-RAW-02 AP-RAW-05]', () => {
    expect(toHex(rawSocketRequest('json', 15))).toBe('7f f1 00 00')
    expect(toHex(rawSocketRequest('msgpack', 0))).toBe('7f 02 00 00')
    expect(toHex(rawSocketRequest('cbor', 13))).toBe('7f d3 00 00')
  })

  it('reads consent with the length that the router accepts [AP-RAW-04]', () => {
    expect(readRawSocketReply(hex('7f 01 00 00'), 'json')).toEqual({ maxSendBytes: 512 })
    expect(readRawSocketReply(hex('7f d2 00 00'), 'msgpack')).toEqual({ maxSendBytes: 4_194_304 })
  })

  it('takes low nibble 0 as refusal with any code, and refuses another serializer itself [AP-RAW-10]', () => {
    for (let code = 0; code <= 15; code++) {
      expect(readRawSocketReply(Uint8Array.of(0x7f, code << 4, 0, 0), 'json')).toEqual({ error: code })
    }
    expect(readRawSocketReply(hex('7f f2 00 00'), 'json')).toBe('other_serializer')
  })

  it('fails on a reply that is not RawSocket or uses reserved octets', () => {
    expect(readRawSocketReply(hex('48 54 54 50'), 'json')).toBe('not_rawsocket')
    expect(readRawSocketReply(hex('7f f1 00 01'), 'json')).toBe('not_rawsocket')
  })
})

describe('RawSocket handshake, router', () => {
  it('reads length and serializer of a client [AP-RAW-04 AP-RAW-05]', () => {
    expect(readRawSocketRequest(hex('7f 01 00 00'))).toEqual({ serializer: 'json', maxSendBytes: 512 })
    expect(readRawSocketRequest(hex('7f e2 00 00'))).toEqual({ serializer: 'msgpack', maxSendBytes: 8_388_608 })
    expect(readRawSocketRequest(hex('7f 03 00 00'))).toEqual({ serializer: 'cbor', maxSendBytes: 512 })
    for (const unknown of [4, 5, 6, 15]) {
      expect(readRawSocketRequest(Uint8Array.of(0x7f, unknown, 0, 0))).toEqual({ serializer: undefined, maxSendBytes: 512 })
    }
  })

  it('never lets a message of exactly 2^24 octets be sent [AP-RAW-22]', () => {
    expect(readRawSocketRequest(hex('7f f1 00 00'))).toEqual({ serializer: 'json', maxSendBytes: 16_777_215 })
    expect(readRawSocketReply(hex('7f f1 00 00'), 'json')).toEqual({ maxSendBytes: 16_777_215 })
  })

  it('has nothing to say to another first octet or serializer 0 [AP-RAW-03 AP-RAW-23]', () => {
    expect(readRawSocketRequest(hex('47 45 54 20'))).toBe('not_rawsocket')
    expect(readRawSocketRequest(hex('7f f0 00 00'))).toBe('not_rawsocket')
  })

  it('answers error 3 when octet 3 or 4 is not zero [AP-RAW-06 AP-RAW-23]', () => {
    expect(readRawSocketRequest(hex('7f f1 01 00'))).toEqual({ error: RAWSOCKET_RESERVED_BITS_USED })
    expect(readRawSocketRequest(hex('7f f1 00 01'))).toEqual({ error: RAWSOCKET_RESERVED_BITS_USED })
  })

  it('consents with its own length and the serializer echoed [AP-RAW-07]', () => {
    expect(toHex(rawSocketReply('cbor', 13))).toBe('7f d3 00 00')
  })

  it('refuses with the code in the high nibble and 0 in the low one [AP-RAW-08]', () => {
    expect(toHex(rawSocketRefusal(RAWSOCKET_SERIALIZER_UNSUPPORTED))).toBe('7f 10 00 00')
    expect(toHex(rawSocketRefusal(RAWSOCKET_RESERVED_BITS_USED))).toBe('7f 30 00 00')
  })
})

describe('RawSocket limits', () => {
  it('announces the power of two at or below the limit [AP-RAW-04]', () => {
    expect([512, 1_023, 1_024, 4_194_304, 5_000_000, 2 ** 24, 2 ** 30].map(rawSocketExponent)).toEqual([0, 0, 1, 13, 13, 15, 15])
    expect([0, 13, 15].map(rawSocketLimit)).toEqual([512, 4_194_304, 16_777_216])
  })

  it('refuses a limit that it cannot announce', () => {
    expect(() => rawSocketExponent(511)).toThrow(UsageError)
    expect(() => rawSocketExponent(Number.NaN)).toThrow(UsageError)
  })
})

describe('RawSocket frames', () => {
  it('have a big-endian prefix of type and 24-bit length with zeros above [AP-RAW-01 AP-RAW-14 AP-RAW-15 AP-RAW-17]', () => {
    expect(prefix(0, 0x010203)).toBe('00 01 02 03')
    expect(prefix(1, 5)).toBe('01 00 00 05')
    expect(prefix(2, 2 ** 24 - 1)).toBe('02 ff ff ff')
  })

  it('mark exactly 2^24 octets with the X bit [AP-RAW-16]', () => {
    expect(prefix(0, 2 ** 24)).toBe('08 00 00 00')
    let length = 0
    const reader = new RawSocketReader(
      { onMessage: (message) => (length = message.length), onPing() {}, onPong() {}, onFault() {} },
      2 ** 24,
    )
    reader.receive(hex('08 00 00 00'))
    for (let i = 0; i < 16; i++) reader.receive(new Uint8Array(2 ** 20))
    expect(length).toBe(2 ** 24)
  })

  it('are read as message, ping and pong [AP-RAW-14 AP-RAW-17]', () => {
    expect(read([hex('00 00 00 02 5b 5d 01 00 00 01 aa 02 00 00 00')])).toEqual(['message 5b 5d', 'ping aa', 'pong '])
  })

  it('fail with reserved types, reserved bits, or a length beside the X bit [AP-RAW-23]', () => {
    for (const first of ['03', '04', '07', '10', '80', 'f1', '0b']) expect(read([hex(`${first} 00 00 00`)])).toEqual(['protocol_violation'])
    expect(read([hex('08 00 00 01')])).toEqual(['protocol_violation'])
  })

  it('fail when longer than announced, before their payload comes [AP-RAW-13]', () => {
    expect(read([hex('00 00 02 00')], 512)).toEqual([])
    expect(read([hex('00 00 02 01')], 512)).toEqual(['too_large'])
    expect(read([hex('08 00 00 00')], 512)).toEqual(['too_large'])
  })

  it('are not read behind a fault', () => {
    expect(read([hex('00 00 00 01 aa 03 00 00 00 00 00 00 01 bb'), hex('00 00 00 01 cc')])).toEqual(['message aa', 'protocol_violation'])
  })

  it('are not handed out after stop, also not from the same chunk', () => {
    const events: string[] = []
    const reader: RawSocketReader = new RawSocketReader(
      { onMessage: (message) => (events.push(toHex(message)), reader.stop()), onPing() {}, onPong() {}, onFault() {} },
      512,
    )
    reader.receive(hex('00 00 00 01 aa 00 00 00 01 bb 00'))
    reader.receive(hex('00 00 00 01 cc'))
    expect(events).toEqual(['aa'])
  })

  it('are not handed out while the reader is held, and none is lost, wherever that is', () => {
    const stream = hex('00 00 00 03 5b 31 5d 01 00 00 00 00 00 00 00 02 00 00 04 01 02 03 04 00 00 00 01 ff 05 00 00 00')
    const whole = read([stream])
    for (let cut = 0; cut <= stream.length; cut++) {
      const events: string[] = []
      const add = (event: string): void => {
        events.push(event)
        reader.hold()
      }
      const reader: RawSocketReader = new RawSocketReader(
        {
          onMessage: (message) => add(`message ${toHex(message)}`),
          onPing: (payload) => add(`ping ${toHex(payload)}`),
          onPong: (payload) => add(`pong ${toHex(payload)}`),
          onFault: (cause) => add(cause),
        },
        512,
      )
      for (let rest of [stream.subarray(0, cut), stream.subarray(cut)]) {
        while (rest.length > 0) {
          const before = events.length
          rest = rest.subarray(reader.receive(rest))
          expect(events.length - before).toBeLessThanOrEqual(1)
          reader.release()
        }
      }
      expect(events).toEqual(whole)
    }
  })

  it('give the same events wherever the stream is cut', () => {
    const stream = hex('00 00 00 03 5b 31 5d 01 00 00 00 00 00 00 00 02 00 00 04 01 02 03 04 00 00 00 01 ff 05 00 00 00')
    const whole = read([stream])
    expect(whole).toEqual(['message 5b 31 5d', 'ping ', 'message ', 'pong 01 02 03 04', 'message ff', 'protocol_violation'])
    for (let cut = 0; cut <= stream.length; cut++) expect(read([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole)
    expect(read(Array.from(stream, (octet) => Uint8Array.of(octet)))).toEqual(whole)
  })

  it('end in the same events for any octets, however cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 5 }), (octets, cuts) => {
        const bounds = [0, ...cuts.filter((cut) => cut < octets.length).sort((a, b) => a - b), octets.length]
        const chunks = bounds.slice(1).map((end, i) => octets.subarray(bounds[i], end))
        expect(read(chunks)).toEqual(read([octets]))
      }),
    )
  })
})
