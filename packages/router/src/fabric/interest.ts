// The subscriptions that other nodes have, in one realm. Who subscribes there only those nodes know.

import type { MatchPolicy } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { SharedSubscription } from '../core/index.ts'
import { PatternIndex } from '../core/index.ts'
import type { Sharer, SharesFrame } from './frames.ts'
import type { NodeList } from './node-lists.ts'
import { NodeLists } from './node-lists.ts'

/** What a node tells of one subscription. */
export interface Told<Node> extends SharedSubscription {
  readonly node: Node
  /** In milliseconds since 1970. */
  readonly created: number
  /** Its subscribers that share events with a key. */
  readonly sharers: readonly Sharer[]
}

interface Entry<Node> extends SharedSubscription {
  list: NodeList<Node>
  /** When the first node created it. */
  created: number
  /** Of the nodes with subscribers that share events with a key: by session the hashes of their `nkey`s. */
  sharers: Map<Node, Map<number, number>> | undefined
}

const POLICIES = ['exact', 'prefix', 'wildcard'] as const

export class Interest<Node extends object> {
  readonly #lists = new NodeLists<Node>()
  readonly #index = new PatternIndex<Entry<Node>>()
  /** Of these the patterns that name topics of the router's own by their first component. */
  readonly #guarded = new PatternIndex<Entry<Node>>()
  /** Undefined until it is asked for: most clusters never need it. */
  #byId: Map<number, Entry<Node>> | undefined
  /** Changes whenever a subscription is added or removed. */
  version = 0

  /** How many subscriptions other nodes have. */
  get size(): number {
    return this.#index.size
  }

  /** The nodes that have exactly this subscription. */
  nodesWith(match: MatchPolicy, uri: string): readonly Node[] {
    return this.#index.get(match, uri)?.list.nodes ?? NONE
  }

  /** The subscribers of exactly this subscription that share events with a key: sessions, and the hashes of their `nkey`s. */
  *sharers(match: MatchPolicy, uri: string): Iterable<readonly [number, number]> {
    for (const sharers of this.#index.get(match, uri)?.sharers?.values() ?? []) yield* sharers
  }

  /** A subscriber of a node shares events with a key under this hash; undefined: no longer. */
  shares({ match, uri, session, node: hash }: Pick<SharesFrame, 'match' | 'uri' | 'session' | 'node'>, node: Node): void {
    const entry = this.#index.get(match, uri)
    if (entry?.list.nodes.includes(node) !== true) return // It has ended there.
    const sharers = entry.sharers?.get(node) ?? new Map<number, number>()
    if (hash === undefined) sharers.delete(session)
    else sharers.set(session, hash)
    if (sharers.size === 0) this.#forgetSharers(entry, node)
    else (entry.sharers ??= new Map<Node, Map<number, number>>()).set(node, sharers)
  }

  /** When the first node created exactly this subscription; undefined where none has it. */
  created(match: MatchPolicy, uri: string): number | undefined {
    return this.#index.get(match, uri)?.created
  }

  /** A node has a subscription, or has others with an `nkey` than before. */
  add({ id, match, uri, node, created, sharers }: Told<Node>): void {
    const entry = this.#index.get(match, uri) ?? this.#create({ id, match, uri }, created)
    if (created < entry.created) entry.created = created
    entry.list = entry.list.with(node)
    this.#forgetSharers(entry, node)
    for (const sharer of sharers) this.shares({ match, uri, ...sharer }, node)
  }

  /** A node has a subscription no longer. */
  remove(match: MatchPolicy, uri: string, node: Node): void {
    const entry = this.#index.get(match, uri)
    if (entry === undefined) return
    entry.list = entry.list.without(node)
    this.#forgetSharers(entry, node)
    if (entry.list.nodes.length === 0) this.#delete(entry)
  }

  /** The subscriptions of a node. */
  of(node: Node): SharedSubscription[] {
    return this.#entriesOf(node)
  }

  /** Removes a node from everything. Returns the subscriptions that only it had. */
  forget(node: Node): SharedSubscription[] {
    const had = this.#entriesOf(node)
    for (const { match, uri } of had) this.remove(match, uri, node)
    this.#lists.forget(node)
    return had.filter(({ list }) => list.nodes.length === 0)
  }

  /** All subscriptions, each once. */
  *all(): Generator<Entry<Node>> {
    for (const match of POLICIES) yield* this.#index.entries(match)
  }

  byId(id: number): SharedSubscription | undefined {
    this.#byId ??= new Map(Array.from(this.all(), (entry) => [entry.id, entry]))
    return this.#byId.get(id)
  }

  /** The subscriptions that get a publication to a topic, each once. */
  matching(topic: string): SharedSubscription[] {
    const found: SharedSubscription[] = []
    this.#forEach(topic, (entry) => found.push(entry))
    return found
  }

  /** The nodes with a subscriber of a topic, each once. */
  nodesFor(topic: string): readonly Node[] {
    let list: NodeList<Node> = this.#lists.none
    this.#forEach(topic, (entry) => {
      list = list.and(entry.list)
    })
    return list.nodes
  }

  #entriesOf(node: Node): Entry<Node>[] {
    return [...this.all()].filter(({ list }) => list.nodes.includes(node))
  }

  #forEach(topic: string, visit: (entry: Entry<Node>) => void): void {
    const exact = this.#index.exact(topic)
    if (exact !== undefined) visit(exact)
    const patterns = isForRouter(topic) ? this.#guarded : this.#index
    if (patterns.hasPatterns) patterns.forEachPattern(topic, visit)
  }

  #create(subscription: SharedSubscription, created: number): Entry<Node> {
    const { id, match, uri } = subscription
    const entry: Entry<Node> = { id, match, uri, list: this.#lists.none, created, sharers: undefined }
    this.#index.set(match, uri, entry)
    if (match !== 'exact' && isForRouter(uri)) this.#guarded.set(match, uri, entry)
    this.#byId?.set(id, entry)
    this.version++
    return entry
  }

  #delete({ id, match, uri }: Entry<Node>): void {
    this.#index.delete(match, uri)
    this.#guarded.delete(match, uri)
    this.#byId?.delete(id)
    this.version++
  }

  #forgetSharers(entry: Entry<Node>, node: Node): void {
    if (entry.sharers?.delete(node) === true && entry.sharers.size === 0) entry.sharers = undefined
  }
}

const NONE: readonly never[] = []
