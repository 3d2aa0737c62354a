// How many events one publication may bring the sessions of one owner: bounded by the patterns of a session that may match the same
// topic, and for all sessions of an owner together.

import type { MatchPolicy } from '@trunkline/protocol'
import { MOST_NESTED, NestedPrefixes } from '../matching/nested-prefixes.ts'
import { ownerOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'

/** So many patterns of each session that may match one topic are not counted: most sessions have no more. */
const FREE = 4
/** Of all sessions of an owner together, beyond those. */
const MOST_OF_ONE = 2_048
const NESTED_LIMIT: [string, number] = ['nestedPrefixes', MOST_NESTED]
/** The name of the limit, and its value. */
export const REACH_LIMIT: [string, number] = ['patterns of one owner that match the same topic', MOST_OF_ONE]

interface Pattern {
  readonly match: MatchPolicy
  readonly uri: string
}

export class TopicReach {
  /** Sessions that have more than a few subscriptions, and what they count. */
  readonly #patterns = new Map<Session, SessionPatterns>()
  readonly #byOwner = new Map<string, number>()

  /** How many owners have anything counted. */
  get owners(): number {
    return this.#byOwner.size
  }

  /** The limit that one more pattern of a session would exceed, and its value. */
  reachedBy(session: Session, pattern: Pattern): [string, number] | undefined {
    if (pattern.match === 'exact' || session.subscriptions.size < FREE) return undefined
    const patterns = this.#of(session)
    if (pattern.match === 'prefix' && !patterns.prefixes.mayAdd(pattern.uri)) return NESTED_LIMIT
    const more = patterns.countedWith(pattern) - patterns.counted
    return more > 0 && (this.#byOwner.get(ownerOf(session)) ?? 0) + more > MOST_OF_ONE ? REACH_LIMIT : undefined
  }

  /** Counts a pattern that the session is about to have. */
  add(session: Session, pattern: Pattern): void {
    if (pattern.match === 'exact' || session.subscriptions.size < FREE) return
    const patterns = this.#of(session)
    const before = patterns.counted
    patterns.add(pattern)
    this.#count(session, patterns.counted - before)
  }

  /** A session has no longer a pattern; what it counts stays until it has no subscription. */
  remove(session: Session, pattern: Pattern): void {
    const patterns = this.#patterns.get(session)
    if (patterns === undefined) return
    // Of one that leaves nothing is compared any more.
    if (session.isMember) patterns.delete(pattern)
    if (!session.isMember || session.subscriptions.size === 0) this.forget(session)
  }

  /** A session has left, or has no subscription any more. */
  forget(session: Session): void {
    const counted = this.#patterns.get(session)?.counted ?? 0
    this.#patterns.delete(session)
    this.#count(session, -counted)
  }

  #of(session: Session): SessionPatterns {
    const known = this.#patterns.get(session)
    if (known !== undefined) return known
    const patterns = new SessionPatterns(session.subscriptions.values())
    this.#patterns.set(session, patterns)
    this.#count(session, patterns.counted)
    return patterns
  }

  #count(session: Session, more: number): void {
    if (more === 0) return
    const owner = ownerOf(session)
    const count = (this.#byOwner.get(owner) ?? 0) + more
    if (count === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, count)
  }
}

/** The patterns of one session, and how many of them could match one topic at the most that it had. */
class SessionPatterns {
  readonly prefixes: NestedPrefixes
  /** Wildcard patterns by the places of their wildcards: of those with the same places only one matches a topic. */
  readonly #shapes = new Map<string, number>()
  /** How many shapes there are, by the number of components. */
  readonly #byLength = new Map<number, number>()
  #deepest = 0
  #widest = 0

  constructor(held: Iterable<Pattern>) {
    this.prefixes = new NestedPrefixes([])
    for (const pattern of held) this.add(pattern)
  }

  get counted(): number {
    return Math.max(0, this.#deepest + this.#widest - FREE)
  }

  countedWith({ match, uri }: Pattern): number {
    const deepest = match === 'prefix' ? Math.max(this.#deepest, this.prefixes.depthWith(uri)) : this.#deepest
    const widest = match === 'wildcard' ? Math.max(this.#widest, this.#shapesWith(uri)) : this.#widest
    return Math.max(0, deepest + widest - FREE)
  }

  add({ match, uri }: Pattern): void {
    if (match === 'prefix') {
      this.#deepest = Math.max(this.#deepest, this.prefixes.depthWith(uri))
      this.prefixes.add(uri)
    } else if (match === 'wildcard') {
      const count = this.#shapesWith(uri)
      this.#widest = Math.max(this.#widest, count)
      const shape = shapeOf(uri)
      this.#byLength.set(shape.length, count)
      this.#shapes.set(shape, (this.#shapes.get(shape) ?? 0) + 1)
    }
  }

  delete({ match, uri }: Pattern): void {
    if (match === 'prefix') return this.prefixes.delete(uri)
    if (match !== 'wildcard') return
    const shape = shapeOf(uri)
    const uses = this.#shapes.get(shape) ?? 0
    if (uses > 1) return void this.#shapes.set(shape, uses - 1)
    if (!this.#shapes.delete(shape)) return
    const count = (this.#byLength.get(shape.length) ?? 0) - 1
    if (count > 0) this.#byLength.set(shape.length, count)
    else this.#byLength.delete(shape.length)
  }

  #shapesWith(uri: string): number {
    const shape = shapeOf(uri)
    return (this.#byLength.get(shape.length) ?? 0) + (this.#shapes.has(shape) ? 0 : 1)
  }
}

/** A character for each component. */
function shapeOf(pattern: string): string {
  return pattern
    .split('.')
    .map((component) => (component === '' ? '*' : '-'))
    .join('')
}
