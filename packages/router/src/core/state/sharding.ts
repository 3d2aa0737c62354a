// Which of several callees or subscribers a key belongs to, as docs/adr/0011-sharding.md and the guides define it. The result
// depends on the arguments only, so that other programs can compute the shard of a key.

import type { Callee, Registration, Share, Taken } from './registration.ts'
import { isCallable } from './registration.ts'
import type { Session } from './session.ts'
import { SHARDS, ShardSet } from './shard-set.ts'

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
export function readShards(list: unknown): ShardSet | undefined {
  if (!Array.isArray(list) || list.length === 0 || list.length > SHARDS || !list.every(isShard)) return undefined
  return ShardSet.of(list as readonly number[])
}

function isShard(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < SHARDS
}

/** Why a session may not register with these shards; undefined when it may, or already has exactly these. */
export function shardFault(registration: Registration, session: Session, shards: ShardSet | undefined): string | undefined {
  if (session.registrations.has(registration.id)) {
    const held = registration.callees.find((callee) => callee.session === session)?.share?.shards
    const isSame = held === undefined || shards === undefined ? held === shards : held.equals(shards)
    return isSame ? undefined : 'this session has registered the procedure already, with other shards'
  }
  const shard = shards && registration.taken?.shards?.common(shards)
  return shard === undefined ? undefined : `another callee has registered shard ${shard}`
}

/**
 * The share of a new callee. Without shards it gets the hash of its name: its authid and the lowest number that no other callee of the
 * registration with that authid has. A callee that reconnects while the others stay gets its former share again.
 */
export function takeShare({ taken }: Registration, { identity }: Session, shards: ShardSet | undefined): Share | undefined {
  if (taken === undefined) return undefined
  const { node, number } = freeNode(taken, identity.authid)
  taken.nodes.add(node)
  if (shards !== undefined) (taken.shards ??= new ShardSet()).addAll(shards)
  return { node, number, shards }
}

/** Notes the share that another node has given to a callee of its own. */
export function keepShare({ taken }: Registration, { identity }: Session, share: Share | undefined): void {
  if (taken === undefined || share === undefined) return
  const { node, number, shards } = share
  taken.nodes.add(node)
  if (shards !== undefined) (taken.shards ??= new ShardSet()).addAll(shards)
  const free = taken.free.get(identity.authid) ?? [0]
  taken.free.set(identity.authid, free)
  while ((free[0] ?? 0) <= number) free.unshift((free[0] ?? 0) + 1)
  const at = placeOf(free, number)
  if (free[at] === number) free.splice(at, 1)
}

export function giveBackShare({ taken }: Registration, { identity }: Session, share: Share | undefined): void {
  if (taken === undefined || share === undefined) return
  taken.nodes.delete(share.node)
  if (share.shards !== undefined) taken.shards?.removeAll(share.shards)
  const free = taken.free.get(identity.authid) ?? []
  free.splice(placeOf(free, share.number), 0, share.number)
  // No callee of the authid is left: sessions without a login have each their own.
  if (free.length === (free[0] ?? 0) + 1) taken.free.delete(identity.authid)
}

/** The node of the lowest number that is free. There may be thousands of callees of one authid, so each is not tried. */
function freeNode({ nodes, free: byAuthid }: Taken, authid: string): { readonly node: number; readonly number: number } {
  const name = hashOf(`${authid}/`)
  const free = byAuthid.get(authid) ?? [0]
  byAuthid.set(authid, free)
  for (;;) {
    const number = free.pop() ?? 0
    if (free.length === 0) free.push(number + 1)
    const node = hashOf(String(number), name)
    if (!nodes.has(node)) return { node, number }
  }
}

/** Where a number belongs in a list that descends. */
function placeOf(numbers: readonly number[], number: number): number {
  let [from, to] = [0, numbers.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((numbers[middle] ?? 0) > number) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * The callee that a key belongs to: the callee that registered its shard; else, by rendezvous hashing, one of the callees that
 * registered without shards.
 */
export function calleeFor({ callees }: Pick<Registration, 'callees'>, hash: number): Callee | undefined {
  const shard = shardOf(hash)
  let best: Callee | undefined
  let bestWeight = -1
  for (const callee of callees) {
    const { share } = callee
    if (share === undefined || !isCallable(callee)) continue
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
 * @param hash that of the event's `rkey`
 * @param mayReceive whether a subscriber may receive the event; an `nkey` without such subscribers is skipped, so that no event is lost
 */
export function receiversFor(
  subscribers: ReadonlySet<Session>,
  nodes: ReadonlyMap<Session, number>,
  hash: number,
  mayReceive: (subscriber: Session) => boolean,
): ReadonlySet<Session> {
  const able: number[] = []
  for (const [subscriber, node] of nodes) if (mayReceive(subscriber)) able.push(node)
  return receiversOn(subscribers, nodes, greatest(able, hash))
}

/** The subscribers without `nkey`, and those of one `nkey`. */
export function receiversOn(
  subscribers: ReadonlySet<Session>,
  nodes: ReadonlyMap<Session, number>,
  winner: number | undefined,
): ReadonlySet<Session> {
  const receivers = new Set<Session>()
  for (const subscriber of subscribers) {
    const node = nodes.get(subscriber)
    if (node === undefined || node === winner) receivers.add(subscriber)
  }
  return receivers
}

/** Of some `nkey`s, by their hashes, the one that a key belongs to; undefined where there are none. */
export function greatest(nodes: Iterable<number>, hash: number): number | undefined {
  let best: number | undefined
  let bestWeight = -1
  for (const node of nodes) {
    const weight = weightOf(node, hash)
    if (weight <= bestWeight) continue
    best = node
    bestWeight = weight
  }
  return best
}

/** Rendezvous hashing: the key belongs to the node of the greatest weight. The mixing is the end of MurmurHash3. */
function weightOf(node: number, hash: number): number {
  let mixed = node ^ hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
