// What other nodes have missed of one realm: events that could not be sent to them, by topic, until MISSED can say how many. A node
// whose link is down keeps the interest that it had, as long as its process may come back.

import type { Counters, SharedSubscription } from '../core/index.ts'
import type { MissedFrame, PubFrame } from './frames.ts'
import { Interest } from './interest.ts'
import type { NodeLink } from './node-links.ts'

/** So many topics are noted for a node; events of others are counted together. */
const MOST_TOPICS = 10_000
/** After so long, all events are counted together for a node that is away. */
const MOST_AWAY_MS = 10 * 60_000
/** More nodes than any cluster has. */
const MOST_NODES = 256
const MOST_EVENTS = 0xffff_ffff

/** A node that has missed something, or may. */
interface Behind {
  readonly name: string
  /** The life of its realm, which ends with its process. */
  readonly life: number
  /** Undefined while it is away. */
  link: NodeLink | undefined
  /** It is there, and has said that this is the same life. */
  isSame: boolean
  /** It has sent all that it has subscribers for, or was never away. */
  isSynced: boolean
  /** What it had subscribers for is not known any more. */
  isPast: boolean
  lostAt: number
  readonly topics: Map<string, number>
  /** Events of any topic. */
  others: number
}

export interface MissedParts {
  /** The number of the realm. */
  readonly number: number
  readonly counters: Pick<Counters, 'clusterEventsMissed'>
  /** The clock for durations. */
  now(): number
}

export class Missed {
  readonly #parts: MissedParts
  readonly #behind = new Map<string, Behind>()
  /** What nodes had subscribers for when their links went down. */
  readonly #interest = new Interest<Behind>()

  constructor(parts: MissedParts) {
    this.#parts = parts
  }

  /** No node is away or behind. */
  get isEmpty(): boolean {
    return this.#behind.size === 0
  }

  /** A link is down, but the process of the node may live. @param life undefined where the node did not say it before */
  lost(name: string, life: number | undefined, subscriptions: Iterable<SharedSubscription>): void {
    const behind = life === undefined ? this.#behind.get(name) : this.#of(name, life)
    if (behind === undefined) return
    behind.link = undefined
    behind.isSame = false
    behind.isSynced = false
    behind.lostAt = this.#parts.now()
    for (const { id, match, uri } of subscriptions) this.#interest.add({ id, match, uri, node: behind, created: 0, sharers: [] })
  }

  /** A node has stopped. */
  left(name: string): void {
    const behind = this.#behind.get(name)
    if (behind !== undefined) this.#forget(behind)
  }

  /**
   * A link is up again: what the node had subscribers for holds until it says which life this is, or what it has now. What it has missed
   * goes ahead of all events; in another life by now, the node ignores it.
   */
  returns(link: NodeLink): void {
    const behind = this.#behind.get(link.node)
    if (behind === undefined) return
    behind.link = link
    this.#tell(behind)
  }

  /** A node says which life this is of its realm. */
  announced({ node }: NodeLink, life: number): void {
    const behind = this.#behind.get(node)
    if (behind === undefined) return
    if (behind.life !== life) return this.#forget(behind)
    behind.isSame = true
    this.#tell(behind)
  }

  /** A node has sent all that it has subscribers for. */
  synced({ node }: NodeLink): void {
    const behind = this.#behind.get(node)
    if (behind?.isSame !== true) return
    this.#interest.forget(behind)
    behind.isPast = false
    behind.isSynced = true
    this.#forgetIfTold(behind)
  }

  /** Whether a node may get an event: what it has missed before has been told, or an event would look as if none were missing ahead of it. */
  mayGet({ node }: NodeLink): boolean {
    const behind = this.#behind.get(node)
    return behind === undefined || this.#isTold(behind)
  }

  /** A publication concerns nodes that are away, which miss it, or that came back just now. @param sent the links that have got it */
  published(frame: PubFrame, sent: ReadonlySet<NodeLink>): void {
    const { topic } = frame.publication
    const isAnew = isToldAnew(frame)
    for (const behind of this.#interest.nodesFor(topic)) {
      const { link } = behind
      if (link === undefined ? !isAnew : !sent.has(link) && !(this.#isTold(behind) && link.send(frame))) this.#note(behind, topic)
    }
    for (const behind of this.#behind.values()) if (behind.isPast) this.#add(behind, undefined, 1)
  }

  /** A link had no room for an event. @param life undefined where the node has not said it yet: then it knows of no event either */
  full(link: NodeLink, life: number | undefined, topic: string): void {
    if (life === undefined) return
    const behind = this.#of(link.node, life)
    behind.link = link
    behind.isSame = true
    this.#note(behind, topic)
  }

  /** A frame was sent to a node, but its link is down before it was acknowledged. */
  undelivered(name: string, frame: PubFrame | MissedFrame): void {
    const behind = this.#behind.get(name)
    if (behind === undefined) return
    if (frame.type === 'missed') {
      for (const { topic, events } of frame.topics) this.#add(behind, topic, events)
      return this.#add(behind, undefined, frame.others)
    }
    const { topic, isPast } = frame.publication
    if (!isPast && !isToldAnew(frame) && this.#interest.nodesFor(topic).includes(behind)) this.#note(behind, topic)
  }

  /** Tells nodes that are there, and forgets what is known too long of others. Called about once a second. */
  tick(): void {
    for (const behind of this.#behind.values()) {
      if (behind.link !== undefined) this.#tell(behind)
      else if (!behind.isPast && this.#parts.now() - behind.lostAt >= MOST_AWAY_MS) {
        behind.isPast = true
        this.#interest.forget(behind)
      }
    }
  }

  #isTold(behind: Behind): boolean {
    this.#tell(behind)
    return behind.topics.size === 0 && behind.others === 0
  }

  #note(behind: Behind, topic: string | undefined): void {
    this.#parts.counters.clusterEventsMissed++
    this.#add(behind, topic, 1)
  }

  #add(behind: Behind, topic: string | undefined, events: number): void {
    const { topics, others } = behind
    const noted = topic === undefined ? undefined : topics.get(topic)
    if (topic === undefined || (noted === undefined && topics.size >= MOST_TOPICS)) behind.others = Math.min(MOST_EVENTS, others + events)
    else topics.set(topic, Math.min(MOST_EVENTS, (noted ?? 0) + events))
  }

  #tell(behind: Behind): void {
    const { link, life, others } = behind
    if (behind.topics.size === 0 && others === 0) return
    const topics = Array.from(behind.topics, ([topic, events]) => ({ topic, events }))
    if (link?.send({ type: 'missed', realm: this.#parts.number, life, others, topics }) !== true) return
    behind.topics.clear()
    behind.others = 0
    this.#forgetIfTold(behind)
  }

  /** One that has its interest of before still is not forgotten. */
  #forgetIfTold(behind: Behind): void {
    const { isSame, isSynced, topics, others } = behind
    if (isSame && isSynced && topics.size === 0 && others === 0) this.#forget(behind)
  }

  #of(name: string, life: number): Behind {
    const known = this.#behind.get(name)
    if (known?.life === life) return known
    if (known !== undefined) this.#forget(known)
    const [oldest] = this.#behind.values()
    if (oldest !== undefined && this.#behind.size >= MOST_NODES) this.#forget(oldest)
    const state = { link: undefined, isSame: false, isSynced: true, isPast: false, lostAt: 0, topics: new Map<string, number>(), others: 0 }
    const behind: Behind = { name, life, ...state }
    this.#behind.set(name, behind)
    return behind
  }

  #forget(behind: Behind): void {
    this.#interest.forget(behind)
    this.#behind.delete(behind.name)
  }
}

/** When a link goes down or comes up, both nodes tell their own subscribers which sessions of the other leave and join. */
function isToldAnew({ publication: { isOwn, topic } }: PubFrame): boolean {
  return isOwn && (topic === 'wamp.session.on_join' || topic === 'wamp.session.on_leave')
}
