// The keys of the file, whose order is that of their octets. Numbers are big-endian.
//
// `f`: the format. `n` name: a realm. `m` realm: its newest position. `l` realm, log: a log. `e` realm, log, position: a chunk. `i` the same: its
// index. `r` realm, topic: retained events. `c` realm, name: a durable subscription.
// `k` realm, position: the keys of publications that were committed together.

import { createHash } from 'node:crypto'

export const FORMAT_KEY = Buffer.from('f')
export const REALMS = range(Buffer.from('n'))

/** The longest text in a key; of a longer one there is a hash. */
const LONGEST = 512
const [SHORT, HASHED] = [0, 1]

export function realmKey(name: string): Buffer {
  return Buffer.concat([Buffer.from('n'), named(name)])
}

export function positionKey(realm: number): Buffer {
  return under('m', realm)
}

export function logKey(realm: number, log: number): Buffer {
  return under('l', realm, log)
}

/** All logs of a realm. */
export function logsOf(realm: number): KeyRange {
  return range(under('l', realm))
}

export function chunkKey(realm: number, log: number, base: number): Buffer {
  return placed('e', realm, log, base)
}

export function indexKey(realm: number, log: number, base: number): Buffer {
  return placed('i', realm, log, base)
}

/** The indexes of all chunks of a log. */
export function indexesOf(realm: number, log: number): KeyRange {
  return range(under('i', realm, log))
}

/** The position in the key of a chunk or its index. */
export function baseIn(key: Buffer): number {
  return key.readUInt32BE(9) * 0x1_0000_0000 + key.readUInt32BE(13)
}

export function logIn(key: Buffer): number {
  return key.readUInt32BE(5)
}

export function retainedKey(realm: number, topic: string): Buffer {
  return Buffer.concat([under('r', realm), named(topic)])
}

export function retainedOf(realm: number): KeyRange {
  return range(under('r', realm))
}

export function consumerKey(realm: number, name: string): Buffer {
  return Buffer.concat([under('c', realm), named(name)])
}

export function consumersOf(realm: number): KeyRange {
  return range(under('c', realm))
}

export function eventKeysKey(realm: number, base: number): Buffer {
  return under('k', realm, Math.floor(base / 0x1_0000_0000), base >>> 0)
}

export function eventKeysOf(realm: number): KeyRange {
  return range(under('k', realm))
}

/** The position in the key of a row of keys. */
export function positionIn(key: Buffer): number {
  return key.readUInt32BE(5) * 0x1_0000_0000 + key.readUInt32BE(9)
}

/** All keys that begin alike. */
export interface KeyRange {
  readonly start: Buffer
  readonly end: Buffer
}

function range(start: Buffer): KeyRange {
  return { start, end: Buffer.concat([start, Buffer.alloc(600, 0xff)]) }
}

function under(letter: string, ...numbers: readonly number[]): Buffer {
  const key = Buffer.allocUnsafe(1 + 4 * numbers.length)
  key.write(letter, 0, 'latin1')
  numbers.forEach((number, i) => key.writeUInt32BE(number, 1 + 4 * i))
  return key
}

function placed(letter: string, realm: number, log: number, base: number): Buffer {
  return under(letter, realm, log, Math.floor(base / 0x1_0000_0000), base >>> 0)
}

function named(text: string): Buffer {
  const octets = Buffer.from(text)
  if (octets.length <= LONGEST) return Buffer.concat([Buffer.of(SHORT), octets])
  return Buffer.concat([Buffer.of(HASHED), createHash('sha256').update(octets).digest()])
}
