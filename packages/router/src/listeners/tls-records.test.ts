// Shows which records of TLS a client may not send, by their heads alone.

import { describe, expect, it } from 'vitest'
import { TlsRecords } from './tls-records.ts'

const [CHANGE, ALERT, HANDSHAKE, DATA, HEARTBEAT] = [20, 21, 22, 23, 24] as const
const AGAIN = 'a TLS handshake on a connection that has had one'
const WITHOUT_DATA = 'too many TLS records without data'

function record(type: number, length = 28): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3, length >> 8, length & 0xff), Buffer.alloc(length, HANDSHAKE)])
}

function times(count: number, each: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => each))
}

/** Reads everything, piece by piece. */
function readAll(records: TlsRecords, octets: Buffer, isDone: boolean): string | undefined {
  let at = 0
  while (at < octets.length) {
    const piece = records.read(octets.subarray(at), isDone)
    if (typeof piece === 'string') return piece
    at += piece
  }
  return undefined
}

/** The handshake of a client of TLS 1.2: its keys, the change of ciphers and the last message. */
const LAST_FLIGHT = Buffer.concat([record(HANDSHAKE, 70), record(CHANGE, 1), record(HANDSHAKE)])

describe('the records of a TLS client', () => {
  it('may be of another handshake neither after one nor behind its end in the same octets', () => {
    const records = new TlsRecords()
    expect(readAll(records, LAST_FLIGHT, false)).toBeUndefined()
    expect(readAll(records, times(100, record(DATA, 16_384)), true)).toBeUndefined()
    expect(readAll(records, record(HANDSHAKE), true)).toBe(AGAIN)
    expect(readAll(new TlsRecords(), Buffer.concat([LAST_FLIGHT, times(8, record(HANDSHAKE))]), false)).toBe(AGAIN)
  })

  it('may be a hello in parts after a change of ciphers, as clients of TLS 1.3 send it, and a handshake in very many records', () => {
    const hello = times(200, record(HANDSHAKE, 1))
    const records = new TlsRecords()
    expect(
      readAll(records, Buffer.concat([hello, record(CHANGE, 1), record(HANDSHAKE), record(HANDSHAKE), record(DATA)]), false),
    ).toBeUndefined()
  })

  it.each([CHANGE, ALERT, HEARTBEAT, 99])('are few besides data, of the type %i', (type) => {
    const records = new TlsRecords()
    expect(readAll(records, times(16, Buffer.concat([record(type, 2), record(DATA)])), true)).toBeUndefined()
    expect(readAll(records, record(DATA), true)).toBeUndefined()
    expect(readAll(records, record(type, 2), true)).toBe(WITHOUT_DATA)
  })

  it('are found where they come octet by octet, also those without an octet', () => {
    const octets = Buffer.concat([record(DATA, 300), record(DATA, 0), record(DATA, 5), record(HANDSHAKE)])
    const records = new TlsRecords()
    const at = Array.from(octets, (octet) => records.read(Buffer.of(octet), true)).indexOf(AGAIN)
    expect(at).toBe(octets.length - record(HANDSHAKE).length)
  })

  it('are few in a piece, however many come at once, each of which may cost as much as new keys', () => {
    const records = new TlsRecords()
    const octets = times(100, record(DATA, 22))
    expect(records.read(octets, true)).toBe(64 * 27)
    expect(records.read(octets.subarray(64 * 27), true)).toBe(36 * 27)
    const long = times(4, record(DATA, 16_384))
    expect(records.read(long, true)).toBe(long.length)
  })
})
