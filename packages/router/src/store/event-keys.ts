// The keys of publications in a realm, by which repeated ones are known: those of two minutes. Bounded for each owner, and for all. Writes nothing.

import { createHash } from 'node:crypto'
import type { EventKey } from '../core/ports/index.ts'

/** How long a key is known, by the times of the events. */
const WINDOW_MS = 120_000
/** The most keys of one owner, unless the program says otherwise. */
export const DEFAULT_KEYS = 100_000
/** The owners that may have so many. */
const OWNERS = 4
/** Octets of a hash. */
export const HASH = 16

/** The event that came first with a key. */
export interface KeyedEvent {
  readonly publication: number
  readonly position: number
  readonly time: number
}

/** A key as it is kept, whatever its length: hashes, a character for each octet. */
export interface KeyHashes {
  readonly owner: string
  /** Of the owner, the topic and the key. */
  readonly id: string
}

interface Entry extends KeyedEvent {
  readonly owner: Owner
}

interface Owner {
  readonly hash: string
  keys: number
}

export function hashesOf({ owner, key }: EventKey, topic: string): KeyHashes {
  const hash = hashOf(owner)
  return { owner: hash, id: hashOf(`${hash}${topic}\0${key}`) }
}

export class EventKeys {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>()
  readonly #owners = new Map<string, Owner>()
  readonly #most: number

  /** @param most of one owner */
  constructor(most: number) {
    this.#most = most
  }

  /** The event that has a key already, for one of a time. */
  find({ id }: KeyHashes, time: number): KeyedEvent | undefined {
    const entry = this.#entries.get(id)
    return entry !== undefined && isPast(entry.time, time) ? undefined : entry
  }

  /** Whether there is room for one more of an owner. Those that are past have to be dropped before. */
  hasRoom(owner: string): boolean {
    return this.#entries.size < OWNERS * this.#most && (this.#owners.get(owner)?.keys ?? 0) < this.#most
  }

  /** @returns false when it takes the place of one that is past */
  add({ owner: hash, id }: KeyHashes, { publication, position, time }: KeyedEvent): boolean {
    const isNew = !this.#drop(id)
    const owner = this.#owners.get(hash) ?? { hash, keys: 0 }
    owner.keys++
    this.#owners.set(hash, owner)
    this.#entries.set(id, { publication, position, time, owner })
    return isNew
  }

  /** Drops the keys that are past; returns how many. @param now in milliseconds since 1970 */
  expire(now: number): number {
    const before = this.#entries.size
    for (const [id, entry] of this.#entries) {
      if (!isPast(entry.time, now)) break
      this.#drop(id)
    }
    return before - this.#entries.size
  }

  #drop(id: string): boolean {
    const owner = this.#entries.get(id)?.owner
    if (owner === undefined) return false
    this.#entries.delete(id)
    owner.keys--
    if (owner.keys === 0) this.#owners.delete(owner.hash)
    return true
  }
}

/** Whether a key of a time is not known any more; so also where a clock was wrong, that no key stays for long. */
export function isPast(time: number, now: number): boolean {
  return Math.abs(now - time) >= WINDOW_MS
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('binary').slice(0, HASH)
}
