// Very many names, each once, in an order that is made quickly and is the same for the same names: by a hash whose key no client
// knows. To sort a hundred thousand names by their characters may take a tenth of a second.

import { placeOf } from './sorted.ts'

export class NameSet {
  /** In the order of the set. */
  readonly names: readonly string[]
  readonly #hashes: Uint32Array
  readonly #key: number

  /** @param names fewer than a million @param key the same for sets that are compared */
  constructor(names: readonly string[], key: number) {
    // Loops and no functions for each name: these take three times as long.
    const places = new Float64Array(names.length)
    for (let i = 0; i < names.length; i++) places[i] = hashOf(names[i] as string, key) * MOST_NAMES + i
    places.sort()
    const ordered: string[] = []
    const hashes = new Uint32Array(names.length)
    for (let i = 0; i < places.length;) {
      const place = places[i++] as number
      const hash = Math.floor(place / MOST_NAMES)
      const end = endOf(places, i, hash)
      if (end > i) for (const name of eachOnce(places.subarray(i - 1, end), names)) hashes[ordered.push(name) - 1] = hash
      else hashes[ordered.push(names[place % MOST_NAMES] as string) - 1] = hash
      i = end
    }
    this.names = ordered
    this.#hashes = hashes.slice(0, ordered.length)
    this.#key = key
  }

  has(name: string): boolean {
    const hash = hashOf(name, this.#key)
    for (let place = placeOf(this.#hashes, hash); this.#hashes[place] === hash; place++) if (this.names[place] === name) return true
    return false
  }

  /** Whether another set, of the same key, has the same names. */
  equals({ names }: NameSet): boolean {
    return names.length === this.names.length && names.every((name, i) => name === this.names[i])
  }
}

/** Where the places of a hash end. */
function endOf(places: Float64Array, from: number, hash: number): number {
  let end = from
  while (end < places.length && Math.floor((places[end] as number) / MOST_NAMES) === hash) end++
  return end
}

/** The names of one hash that several have: nearly always one that is repeated. */
function eachOnce(places: Float64Array, names: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const place of places) found.add(names[place % MOST_NAMES] as string)
  return [...found].sort()
}

const MOST_NAMES = 2 ** 20

function hashOf(name: string, key: number): number {
  let hash = key | 0
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
