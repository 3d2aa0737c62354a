// The subscriptions or registrations of a shared session: which peers hold each, and when none holds it any more. The router grants
// each once to a session, however often it is asked.

import type { MatchPolicy } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'

/** What a request asks for. */
export interface Pattern {
  readonly uri: string
  readonly match: MatchPolicy
}

/** One subscription or registration, wanted or granted. */
export interface Grant<Peer, Hold> extends Pattern {
  readonly holders: ReadonlyMap<Peer, Hold>
}

interface Entry<Peer, Hold> extends Pattern {
  readonly holders: Map<Peer, Hold>
  /** The peers of the requests in flight. */
  readonly asking: Peer[]
  /** The router's id; undefined until it is granted. */
  id: number | undefined
  /** Whether the request that ends it was sent. */
  isEnding: boolean
}

export class Grants<Peer, Hold> {
  readonly #byKey = new Map<string, Entry<Peer, Hold>>()
  readonly #byId = new Map<number, Entry<Peer, Hold>>()
  readonly #unused: (id: number) => void

  /** @param unused is called for a grant that was kept for a request in flight, when no tab holds it in the end */
  constructor(unused: (id: number) => void) {
    this.#unused = unused
  }

  get(id: number): Grant<Peer, Hold> | undefined {
    return this.#byId.get(id)
  }

  /** The ids that a peer holds. */
  heldBy(peer: Peer): number[] {
    return [...this.#byId].filter(([, { holders }]) => holders.has(peer)).map(([id]) => id)
  }

  /** Notes a request that was sent. */
  asked(pattern: Pattern, peer: Peer): void {
    const key = keyOf(pattern)
    const entry = this.#byKey.get(key) ?? newEntry(pattern)
    entry.asking.push(peer)
    this.#byKey.set(key, entry)
  }

  /**
   * Notes the grant of a request.
   * @param hold what the peer holds, given what it held before; undefined for a peer that has left
   */
  granted(pattern: Pattern, peer: Peer, id: number, hold: ((before: Hold | undefined) => Hold) | undefined): void {
    const entry = this.#byKey.get(keyOf(pattern))
    if (entry === undefined) return
    if (entry.id !== id) this.#clear(entry)
    entry.id = id
    this.#byId.set(id, entry)
    if (hold !== undefined) entry.holders.set(peer, hold(entry.holders.get(peer)))
    this.#settled(entry, peer)
  }

  refused(pattern: Pattern, peer: Peer): void {
    const entry = this.#byKey.get(keyOf(pattern))
    if (entry !== undefined) this.#settled(entry, peer)
  }

  /**
   * Takes a peer's hold back. `ending`: it was the last one, so the caller ends the grant at the router, and calls `forget` at the answer.
   * Until then the peer still holds it.
   */
  release(id: number, peer: Peer): 'unknown' | 'held' | 'ending' {
    const entry = this.#byId.get(id)
    if (entry?.isEnding !== false || !entry.holders.has(peer)) return 'unknown'
    // A request in flight will be answered with this id; to end it now would end that one too.
    if (entry.holders.size > 1 || entry.asking.length > 0) {
      entry.holders.delete(peer)
      return 'held'
    }
    entry.isEnding = true
    return 'ending'
  }

  /** Forgets a grant that the router has ended. */
  forget(id: number): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    this.#clear(entry)
    this.#dropUnasked(entry)
  }

  /** Whether another peer than this one holds, or asks for, something that a URI fits. */
  reachesOthers(peer: Peer, uri: string): boolean {
    for (const entry of this.#byKey.values()) {
      if (fits(entry, uri) && [...entry.holders.keys(), ...entry.asking].some((other) => other !== peer)) return true
    }
    return false
  }

  #settled(entry: Entry<Peer, Hold>, peer: Peer): void {
    entry.asking.splice(entry.asking.indexOf(peer), 1)
    if (entry.asking.length > 0 || entry.holders.size > 0) return
    if (entry.id === undefined) return this.#dropUnasked(entry)
    entry.isEnding = true
    this.#unused(entry.id)
  }

  #clear(entry: Entry<Peer, Hold>): void {
    if (entry.id !== undefined) this.#byId.delete(entry.id)
    entry.id = undefined
    entry.isEnding = false
    entry.holders.clear()
  }

  #dropUnasked(entry: Entry<Peer, Hold>): void {
    if (entry.asking.length === 0) this.#byKey.delete(keyOf(entry))
  }
}

function newEntry<Peer, Hold>({ uri, match }: Pattern): Entry<Peer, Hold> {
  return { uri, match, holders: new Map(), asking: [], id: undefined, isEnding: false }
}

/** No URI holds a blank. */
function keyOf({ uri, match }: Pattern): string {
  return `${match} ${uri}`
}

function fits({ uri: pattern, match }: Pattern, uri: string): boolean {
  if (match === 'exact') return pattern === uri
  return match === 'prefix' ? uri.startsWith(pattern) : fitsWildcard(pattern.split('.'), uri)
}
