// This node among the others of its cluster: the links to them, and the realms that it shares with each. What happens in a realm is
// for its RealmFabric.

import type { Dict, MatchPolicy, PayloadFormat } from '@trunkline/protocol'
import type { Counters, Deadlines, Realm } from '../core/index.ts'
import type { Clock, Scheduler } from '../core/ports/index.ts'
import type { Frame, InvokeFrame, RealmFrame } from './frames.ts'
import type { DownCause } from './link-ports.ts'
import { mayReturn } from './link-ports.ts'
import type { NodeLink, NodeLinks, NodeLinksOwner, NodeRow } from './node-links.ts'
import type { NodeAnswerer, NodeAnswers } from './operator-questions.ts'
import { OperatorQuestions } from './operator-questions.ts'
import { OwnerNumbers } from './owner-numbers.ts'
import { PagedLink } from './paged-link.ts'
import { Questions } from './questions.ts'
import type { RealmReach } from './realm-fabric.ts'
import { RealmFabric } from './realm-fabric.ts'
import type { SettingsReports } from './settings-watch.ts'
import { SettingsWatch } from './settings-watch.ts'
import { Waits } from './waits.ts'
import { Stamps } from './stamps.ts'

/** What the fabric works with. */
export interface FabricParts {
  readonly links: NodeLinks
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** The serializer of the realms' own sessions. */
  readonly format: PayloadFormat
  readonly deadlines: Deadlines
  readonly counters: Pick<Counters, 'clusterSettleLate' | 'clusterEventsMissed'>
  /** Where a policy leaves the choice, calls go to callees of this node first. */
  readonly prefersOwn: boolean
  /** The id that all nodes give to a subscription or registration. */
  idOf(kind: 'subscription' | 'registration', realm: string, match: MatchPolicy, uri: string): number
  /** Runs a task; an error of it is counted and logged, and ends nothing else. */
  readonly guard: (task: () => void) => void
  /** Another node has done what no node does. */
  onFault(node: string, reason: string): void
  readonly settings: SettingsReports
}

/** What operators see of a node among the others. */
export interface FabricView {
  readonly node: string
  /** @see NodeLinks.nodes */
  readonly nodes: readonly (NodeRow & {
    /** The realms that it serves by other settings than this node. */
    readonly otherSettings: readonly string[]
  })[]
  readonly counts: NodeLinks['counts']
}

/** A realm as another node announced it; `here` is undefined where this node does not serve it. */
interface Announced {
  readonly name: string
  readonly life: number
  here: RealmFabric | undefined
}

/** Another node. */
interface Peer {
  readonly link: PagedLink
  /** Its realms, by its numbers. */
  readonly realms: Map<number, Announced>
  /** It has announced all realms that it had when the link came up. */
  isKnown: boolean
}

const MOST_SETTLE_MS = 1_000

export class Fabric implements NodeLinksOwner {
  readonly #parts: FabricParts
  readonly #realms = new Map<string, RealmFabric>()
  readonly #peers = new Map<NodeLink, Peer>()
  readonly #waits: Waits
  readonly #stamps: Stamps
  readonly #owners = new OwnerNumbers()
  readonly #questions: Questions
  readonly #operators: OperatorQuestions
  readonly #settings: SettingsWatch
  readonly #firstTurn: number
  #lastNumber = 0
  #isDraining = false

  constructor(parts: FabricParts) {
    const { clock, deadlines, links } = parts
    const now = (): number => clock.monotonic()
    this.#parts = parts
    this.#stamps = new Stamps(() => clock.now())
    this.#questions = new Questions(deadlines, now)
    this.#operators = new OperatorQuestions(this.#questions)
    this.#settings = new SettingsWatch(now, parts.settings)
    this.#waits = new Waits({ deadlines, now, guard: (task) => parts.guard(task), onLate: () => void parts.counters.clusterSettleLate++ })
    this.#firstTurn = turnOf(links.node)
  }

  /** The name of this node. */
  get node(): string {
    return this.#parts.links.node
  }

  /** Whether this process has its name for itself, as far as it can know. */
  get isNamed(): boolean {
    return this.#parts.links.isNamed ?? true
  }

  /** The machine of an older process that has the name of this one. */
  get nameTakenBy(): string | undefined {
    return this.#parts.links.nameTakenBy
  }

  /** What operators see of the other nodes. */
  get view(): FabricView {
    const { node, nodes = [], counts } = this.#parts.links
    return { node, nodes: nodes.map((row) => ({ ...row, otherSettings: this.#settings.differing(row.node) })), counts }
  }

  /** The nodes that are there, linked or not yet. */
  get heard(): readonly string[] {
    return this.#parts.links.heard ?? []
  }

  /** The names of the nodes whose links are up. */
  get nodes(): string[] {
    return Array.from(this.#peers.keys(), ({ node }) => node)
  }

  /** Whether all is known here that a node had when its link came up. */
  knows(node: string): boolean {
    for (const { link, isKnown } of this.#peers.values()) if (link.node === node) return isKnown
    return false
  }

  /** What is known of other nodes, realm by realm. */
  get extent(): ReadonlyMap<string, RealmReach> {
    return new Map(Array.from(this.#realms, ([name, realm]) => [name, realm.extent]))
  }

  /** How many answers are held until other nodes know, or have answered. */
  get waiting(): number {
    return this.#waits.size + this.#questions.size
  }

  /** Opens the links; the realms that there are by then are announced first. */
  start(): void {
    const { links, guard } = this.#parts
    // An error in what another node has caused ends nothing else.
    links.start({
      up: (link) => guard(() => this.up(link)),
      down: (link, cause, undelivered) => guard(() => this.down(link, cause, undelivered)),
      receive: (link, frame) => guard(() => this.receive(link, frame)),
    })
  }

  /**
   * Shares a realm with all nodes that serve it.
   * @param digest of its settings, by which nodes see whether theirs are the same
   */
  serve(realm: Realm, digest: string): void {
    const { name } = realm
    const fabric = new RealmFabric(realm, {
      node: this.node,
      number: ++this.#lastNumber,
      prefersOwn: this.#parts.prefersOwn,
      firstTurn: this.#firstTurn,
      format: this.#parts.format,
      scheduler: this.#parts.scheduler,
      stamps: this.#stamps,
      owners: this.#owners,
      questions: this.#questions,
      counters: this.#parts.counters,
      now: () => this.#parts.clock.monotonic(),
      date: () => this.#parts.clock.now(),
      idOf: (kind, match, uri) => this.#parts.idOf(kind, name, match, uri),
      settle: (done, mostMs) => this.#waits.wait(this.#links, done, mostMs),
    })
    this.#realms.set(name, fabric)
    this.#settings.own(name, digest)
    for (const { link, realms, isKnown } of this.#peers.values()) {
      this.#announce(link, fabric)
      const announced = [...realms.values()].filter((each) => each.name === name)
      for (const each of announced) each.here = fabric
      if (announced.length > 0 || !isKnown) fabric.up(link)
      for (const { life } of announced) fabric.announced(link, life)
    }
  }

  /** The settings of a realm that is served have changed. */
  changed({ name }: Realm, digest: string): void {
    const realm = this.#realms.get(name)
    if (realm === undefined) return
    this.#settings.own(name, digest)
    for (const { link } of this.#peers.values()) link.send({ type: 'settings', realm: realm.number, digest })
  }

  /** A realm is not served here any more; GOODBYE was sent to all its sessions. */
  withdraw(realm: Realm): void {
    const { name } = realm
    this.changed(realm, '')
    this.#settings.own(name, undefined)
    this.#realms.delete(name)
    for (const { realms } of this.#peers.values()) for (const each of realms.values()) if (each.name === name) each.here = undefined
  }

  /**
   * Asks other nodes what an operator wants to know, and calls back once.
   * @param names undefined: all
   */
  ask(question: Dict, names: readonly string[] | undefined, done: (answers: NodeAnswers) => void): void {
    this.#operators.ask(question, names, { links: this.#links, rows: this.#parts.links.nodes ?? [] }, done)
  }

  /** Answers what operators at other nodes want to know. */
  set answerer(answerer: NodeAnswerer) {
    this.#operators.answerer = answerer
  }

  /** Takes no new calls from other nodes, which give them to other callees where there are any. Idempotent. */
  drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#parts.links.drain?.()
    for (const { link } of this.#peers.values()) link.send({ type: 'draining', realm: 0 })
  }

  /** Handles what is due. Called about once a second. */
  tick(): void {
    this.#parts.links.tick?.()
    this.#settings.tick()
    for (const realm of this.#realms.values()) realm.tick()
  }

  /**
   * Calls back when the other nodes have taken in all that happened here, and the answers to what they sent before that; after two
   * seconds in any case. A node that stops waits for it: else calls that come to callees that have left would end with its link, and
   * their callers could not know whether they were carried out.
   */
  settle(done: () => void): void {
    const answers = (): void => this.#waits.wait(this.#links, done, MOST_SETTLE_MS)
    this.#waits.wait(this.#links, answers, MOST_SETTLE_MS)
  }

  /** Leaves the cluster. */
  close(): void {
    this.#parts.links.close?.()
  }

  // ---- what links tell

  up(given: NodeLink): void {
    const link = new PagedLink(given)
    this.#peers.set(given, { link, realms: new Map(), isKnown: false })
    for (const realm of this.#realms.values()) this.#announce(link, realm)
    for (const realm of this.#realms.values()) realm.up(link)
    link.tell([[{ type: 'synced', realm: 0 }]])
    if (this.#isDraining) link.send({ type: 'draining', realm: 0 })
    this.#waits.extend(link)
  }

  down(given: NodeLink, cause: DownCause, undelivered: Iterable<Frame> = []): void {
    const peer = this.#peers.get(given)
    if (peer === undefined) return
    this.#peers.delete(given)
    const { link } = peer
    this.#settings.forget(link.node)
    this.#questions.forget(link)
    // A node that stops says what it has taken in: calls that came later were not carried out.
    const calls = cause === 'left' ? invokesIn(undelivered) : []
    for (const realm of this.#realms.values())
      realm.down(
        link,
        cause,
        calls.filter((each) => each.realm === realm.number),
      )
    if (mayReturn(cause)) this.#countUndelivered(link.node, undelivered[Symbol.iterator]())
    link.end()
  }

  receive(given: NodeLink, frame: Frame): void {
    const peer = this.#peers.get(given)
    if (peer === undefined) return
    const { link } = peer
    if (frame.realm === 0) return this.#receiveOwn(peer, frame)
    if (frame.type === 'realm') return this.#announced(peer, frame)
    const announced = peer.realms.get(frame.realm)
    if (announced === undefined) return this.#fault(link, `it uses number ${frame.realm} for a realm, which it has not announced`)
    if (frame.type === 'settings') return this.#settings.heard(link.node, announced.name, frame.digest)
    announced.here?.receive(link, frame)
  }

  get #links(): PagedLink[] {
    return Array.from(this.#peers.values(), ({ link }) => link)
  }

  #announce(link: NodeLink, { number, name, life }: RealmFabric): void {
    link.send({ type: 'realm', realm: number, name, life })
    const digest = this.#settings.digestOf(name)
    if (digest !== undefined) link.send({ type: 'settings', realm: number, digest })
  }

  /** What concerns the other node as a whole. */
  #receiveOwn(peer: Peer, frame: Frame): void {
    switch (frame.type) {
      case 'synced':
        peer.isKnown = true
        for (const [name, realm] of this.#realms) if (!isServed(peer, name)) realm.down(peer.link, 'left')
        return peer.link.known()
      case 'draining':
        for (const realm of this.#realms.values()) realm.drains(peer.link)
        return
      case 'ask':
        return this.#operators.asked(peer.link, frame)
      case 'answer':
        return this.#questions.answered(peer.link, frame.ref, frame.answer)
      default:
        return this.#fault(peer.link, `it sends a frame '${frame.type}' of no realm`)
    }
  }

  #announced(peer: Peer, { realm: number, name, life }: RealmFrame): void {
    const here = this.#realms.get(name)
    const isAnew = isServed(peer, name)
    peer.realms.set(number, { name, life, here })
    if (here === undefined) return
    // It has dropped the frames of a realm that it did not have then.
    if (peer.isKnown) {
      if (isAnew) here.down(peer.link, 'left')
      here.up(peer.link)
      this.#waits.extend(peer.link)
    }
    here.announced(peer.link, life)
  }

  /** Counts the events that were on their way to a node, in several turns if there are very many. */
  #countUndelivered(node: string, frames: Iterator<Frame>): void {
    for (let i = 0; i < MOST_COUNTED_AT_ONCE; i++) {
      const { value: frame, done } = frames.next()
      if (done === true) return
      if (frame.type !== 'pub' && frame.type !== 'missed') continue
      for (const realm of this.#realms.values()) if (realm.number === frame.realm) realm.undelivered(node, frame)
    }
    this.#parts.scheduler.defer(() => this.#parts.guard(() => this.#countUndelivered(node, frames)))
  }

  #fault(link: NodeLink, reason: string): void {
    this.#parts.onFault(link.node, reason)
    link.fault()
  }
}

/** Frames that are read in one turn. */
const MOST_COUNTED_AT_ONCE = 2_048

function invokesIn(frames: Iterable<Frame>): readonly InvokeFrame[] {
  const invokes: InvokeFrame[] = []
  for (const frame of frames) if (frame.type === 'invoke') invokes.push(frame)
  return invokes
}

function isServed({ realms }: Peer, name: string): boolean {
  return [...realms.values()].some((each) => each.name === name)
}

/** Another one on each node, so that not all of them begin with the same callee. */
function turnOf(node: string): number {
  let turn = 0
  for (let i = 0; i < node.length; i++) turn = (turn * 31 + node.charCodeAt(i)) >>> 0
  return turn
}
