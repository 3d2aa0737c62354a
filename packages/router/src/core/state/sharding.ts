// Which of several callees or subscribers a key belongs to, as docs/adr/0011-sharding.md and the guides define it. The result
// depends on the arguments only, so that other programs can compute the shard of a key.

import type { Callee, Registration } from './registration.ts'
import type { Session } from './session.ts'

/** How many shards a sharded registration has, numbered from 0. */
const SHARDS = 1024

/**
 * FNV-1a of 32 bits over the UTF-8 of a text; lone surrogates count as U+FFFD.
 * @param start the hash of the text before this one, if any
 */
export function hashOf(text: string, start = 0x811c9dc5): number {
  let hash = start
  const add = (octet: number): void => {
    hash = Math.imul(hash ^ octet, 0x01000193)
  }
  for (const character of text) {
    const given = character.codePointAt(0) ?? 0
    const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given
    if (point < 0x80) add(point)
    else {
      if (point < 0x800) add(0xc0 | (point >> 6))
      else {
        if (point < 0x10000) add(0xe0 | (point >> 12))
        else {
          add(0xf0 | (point >> 18))
          add(0x80 | ((point >> 12) & 0x3f))
        }
        add(0x80 | ((point >> 6) & 0x3f))
      }
      add(0x80 | (point & 0x3f))
    }
  }
  return hash >>> 0
}

/**
 * The hash of an `rkey`: of a string itself, or of the decimal text of an integer.
 * @returns undefined for other values, and for integers that a number does not hold exactly
 */
export function keyHash(rkey: unknown): number | undefined {
  if (typeof rkey === 'string') return hashOf(rkey)
  return Number.isSafeInteger(rkey) || typeof rkey === 'bigint' ? hashOf(String(rkey)) : undefined
}

/** The shard, from 0 to 1023, that the hash of a key belongs to. */
export function shardOf(hash: number): number {
  return hash % SHARDS
}

/** Reads `_shard` of a REGISTER; undefined when it is no list of 1 to 1024 shards. */
export function readShards(list: unknown): ReadonlySet<number> | undefined {
  if (!Array.isArray(list) || list.length === 0 || list.length > SHARDS || !list.every(isShard)) return undefined
  return new Set(list as readonly number[])
}

function isShard(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < SHARDS
}

/** Why a session may not register with these shards; undefined when it may, or already has exactly these. */
export function shardFault({ callees }: Registration, session: Session, shards: ReadonlySet<number> | undefined): string | undefined {
  for (const { session: holder, share } of callees) {
    const held = [...(share?.shards ?? [])]
    if (holder === session) {
      const isSame = held.length === (shards?.size ?? 0) && held.every((shard) => shards?.has(shard))
      return isSame ? undefined : 'this session has registered the procedure already, with other shards'
    }
    const shard = held.find((each) => shards?.has(each))
    if (shard !== undefined) return `another callee has registered shard ${shard}`
  }
  return undefined
}

/**
 * The hash of the name of a callee without shards. The name is its authid and the lowest number that no other callee of the
 * registration with that authid has. A callee that reconnects while the others stay gets its former share again.
 */
export function nodeOf({ identity }: Session, { callees }: Registration): number {
  const taken = new Set(callees.map(({ share }) => share?.node))
  const name = hashOf(`${identity.authid}/`)
  for (let i = 0; ; i++) {
    const node = hashOf(String(i), name)
    if (!taken.has(node)) return node
  }
}

/**
 * The callee that a key belongs to: the callee that registered its shard; else, by rendezvous hashing, one of the callees that
 * registered without shards.
 */
export function calleeFor({ callees }: Registration, hash: number): Callee | undefined {
  const shard = shardOf(hash)
  let best: Callee | undefined
  let bestWeight = -1
  for (const callee of callees) {
    const { share } = callee
    if (share === undefined) continue
    if (share.shards?.has(shard) === true) return callee
    const weight = share.shards === undefined ? weightOf(share.node, hash) : -1
    if (weight > bestWeight) {
      best = callee
      bestWeight = weight
    }
  }
  return best
}

/**
 * The subscribers without `nkey`, and those of the one `nkey` that an event's key belongs to.
 * @param nodes the hash of the `nkey` of each subscriber that has one
 * @param hash the hash of the event's `rkey`
 * @param mayReceive whether a subscriber may receive the event; a node without such subscribers is skipped, so that none is lost
 */
export function receiversFor(
  subscribers: ReadonlySet<Session>,
  nodes: ReadonlyMap<Session, number>,
  hash: number,
  mayReceive: (subscriber: Session) => boolean,
): ReadonlySet<Session> {
  let best: number | undefined
  let bestWeight = -1
  for (const [subscriber, node] of nodes) {
    const weight = weightOf(node, hash)
    if (weight <= bestWeight || !mayReceive(subscriber)) continue
    best = node
    bestWeight = weight
  }
  const receivers = new Set<Session>()
  for (const subscriber of subscribers) {
    const node = nodes.get(subscriber)
    if (node === undefined || node === best) receivers.add(subscriber)
  }
  return receivers
}

/** Rendezvous hashing: the key belongs to the node of the greatest weight. The mixing is the end of MurmurHash3. */
function weightOf(node: number, hash: number): number {
  let mixed = node ^ hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
