// Links to all nodes that a bus reaches: who is there is for the membership, what a link does for link.ts. Ties these to the bus and to time.

import type { TextPort } from '@trunkline/protocol'
import type { Alarm, Bus, BusOwner, Clock, Scheduler } from '../core/ports/index.ts'
import type { FrameCodec } from './frame-codec.ts'
import { FrameError } from './frame-error.ts'
import { FrameSender } from './frame-sender.ts'
import type { Frame } from './frames.ts'
import type { Hello, Seal } from './hello.ts'
import { LINK_LIMITS, NodeLink as BusLink } from './link.ts'
import type { DownCause, LinkCounters, LinkLimits, LinkOwner } from './link-ports.ts'
import { Membership } from './membership.ts'
import type { Incident, Member, MembershipCounters, MembershipOwner } from './membership-ports.ts'
import type { NodeLink, NodeLinks, NodeLinksOwner, NodeRow } from './node-links.ts'

/** The version of the protocol between nodes. */
const VERSION = 1

export interface BusLinksPorts {
  readonly bus: Bus
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Wakes {@link BusLinks.wake}. */
  readonly alarm: Alarm
  readonly text: TextPort
  readonly codec: FrameCodec
  /** Where the cluster has a secret. */
  readonly seal?: Seal | undefined
  readonly counters: LinkCounters & MembershipCounters
  /** When this process started, in ms since 1970. */
  readonly boot: number
  /** The machine, for operators. */
  readonly host: string
  /** How long to listen for another process of this name, in ms; 0 where the bus lets no two have one name. */
  readonly nameMs: number
  readonly limits?: LinkLimits
  readonly report: NodeReports
}

/** What is reported of nodes to operators. */
export interface NodeReports {
  readonly up: (node: string, host: string) => void
  readonly down: (node: string, cause: DownCause) => void
  readonly incident: (incident: Incident) => void
  /** A node takes in less than is sent to it. */
  readonly slow: (node: string) => void
  /** What a node has to know cannot be written: its link goes down. */
  readonly unwritable: (node: string, reason: string) => void
  /** An older process has the name of this one, which has to stop. */
  readonly nameTaken: (by: Hello) => void
}

export class BusLinks implements NodeLinks, BusOwner, MembershipOwner {
  readonly node: string
  readonly #ports: BusLinksPorts
  readonly #membership: Membership
  readonly #sender: FrameSender
  readonly #links = new Map<string, BusLink>()
  #owner: NodeLinksOwner | undefined
  #alarmAt = Number.POSITIVE_INFINITY
  #isClosed = false
  #nameTakenBy: string | undefined
  /** The nodes that stopped and said so. */
  readonly #left = new Set<string>()

  constructor(ports: BusLinksPorts) {
    const { bus, clock, text, seal, counters, boot, host, nameMs, codec, scheduler, report } = ports
    this.node = bus.node
    this.#ports = ports
    this.#sender = new FrameSender({ codec, scheduler, counters, onUnwritable: (node, error) => report.unwritable(node, error.message) })
    const self = { version: VERSION, least: VERSION, boot, host, nameMs }
    this.#membership = new Membership({ bus, clock, text, ...(seal && { seal }), owner: this, counters, self })
  }

  /** The other nodes of which was heard lately. */
  get nodes(): NodeRow[] {
    return Array.from(this.#membership.members.values(), (member) => {
      const { node, host } = member.hello
      const { queuedBytes = 0, resent = 0, roundTripMs } = this.#links.get(node) ?? {}
      return { node, host, state: this.#stateOf(member), queuedBytes, resent, roundTripMs, clockAheadMs: member.aheadMs }
    })
  }

  get counts(): LinkCounters & MembershipCounters {
    return this.#ports.counters
  }

  get isNamed(): boolean {
    return this.#membership.isNamed
  }

  get nameTakenBy(): string | undefined {
    return this.#nameTakenBy
  }

  get heard(): readonly string[] {
    const members = [...this.#membership.members]
    return members.flatMap(([node, { isHeard, version }]) => (isHeard && version !== undefined ? [node] : []))
  }

  start(owner: NodeLinksOwner): void {
    this.#owner = owner
    this.#ports.bus.start(this)
    this.#membership.start()
    this.#membership.setState('up')
    this.#setAlarm()
  }

  /** What is due is done, when the alarm rings. */
  wake(): void {
    this.#alarmAt = Number.POSITIVE_INFINITY
    this.tick()
  }

  tick(): void {
    if (this.#isClosed) return
    const now = this.#ports.clock.monotonic()
    this.#membership.tick()
    for (const link of [...this.#links.values()]) if (link.due <= now) link.tick()
    this.#setAlarm()
  }

  drain(): void {
    this.#membership.setState('draining')
    this.#setAlarm()
  }

  close(): void {
    this.#isClosed = true
    for (const link of this.#links.values()) link.close()
  }

  onPacket(from: string, packet: Uint8Array): void {
    if (this.#isClosed) return
    const link = this.#links.get(from)
    if (link === undefined) this.#membership.sayHelloSoon()
    else link.receive(packet)
    this.#setAlarmFor(link)
  }

  onHello(hello: Uint8Array): void {
    if (this.#isClosed) return
    this.#membership.hear(hello)
    this.#setAlarm()
  }

  onGone(node: string): void {
    this.#membership.gone(node)
    this.#links.get(node)?.gone()
  }

  onStatus(isConnected: boolean): void {
    if (!isConnected) return
    this.#membership.sayHelloSoon()
    this.#setAlarm()
  }

  onHeard({ hello: { node } }: Member): void {
    const link = this.#links.get(node) ?? this.#makeLink(node)
    link.hello()
  }

  onRestarted({ hello: { node, boot } }: Member): void {
    this.#links.get(node)?.gone(boot)
  }

  onState(): void {
    // A node that takes no new work says so over its link, behind all that it sent before.
  }

  onForgotten(node: string): void {
    this.#links.get(node)?.close()
    this.#links.delete(node)
    this.#left.delete(node)
  }

  onNameTaken(by: Hello): void {
    this.#nameTakenBy = by.host
    this.#ports.report.nameTaken(by)
  }

  onIncident(incident: Incident): void {
    this.#ports.report.incident(incident)
  }

  #stateOf({ hello: { node, state }, isHeard, version }: Member): NodeRow['state'] {
    if (this.#links.get(node)?.isUp === true && isHeard) return state
    if (isHeard && version === undefined) return 'incompatible'
    return this.#left.has(node) ? 'left' : 'lost'
  }

  #makeLink(node: string): BusLink {
    const { bus, clock, counters, limits = LINK_LIMITS } = this.#ports
    const scheduler: Scheduler = {
      defer: (task) =>
        this.#ports.scheduler.defer(() => {
          task()
          this.#setAlarmFor(link)
        }),
    }
    const link: BusLink = new BusLink({ to: node, bus, clock, scheduler, counters, limits, owner: this.#ownerOf(node, () => link) })
    this.#links.set(node, link)
    return link
  }

  /** @param get the link, which is made with its owner */
  #ownerOf(node: string, get: () => BusLink): LinkOwner {
    const { codec, report } = this.#ports
    let handed: NodeLink | undefined
    const own = (): NodeLink => (handed ??= this.#sender.over(node, get()))
    return {
      onUp: () => {
        this.#left.delete(node)
        report.up(node, this.#membership.members.get(node)?.hello.host ?? '')
        this.#owner?.up(own())
      },
      onDown: (cause, undelivered) => {
        if (cause === 'left') this.#left.add(node)
        report.down(node, cause)
        this.#owner?.down(own(), cause, this.#readable(undelivered))
      },
      onFrame: (octets, start, end) => {
        try {
          const frame = codec.decode(octets, start, end)
          if (frame !== undefined) this.#owner?.receive(own(), frame)
        } catch (error) {
          if (!(error instanceof FrameError)) throw error
          get().fault()
        }
      },
      onHalfFull: () => report.slow(node),
    }
  }

  /** Of frames that a node may not have taken in those that can be read. */
  *#readable(undelivered: Iterable<Uint8Array>): Generator<Frame> {
    for (const octets of undelivered) {
      const frame = this.#read(octets)
      if (frame !== undefined) yield frame
    }
  }

  #read(octets: Uint8Array): Frame | undefined {
    try {
      return this.#ports.codec.decode(octets)
    } catch (error) {
      if (error instanceof FrameError) return undefined // It was cut short.
      throw error
    }
  }

  #setAlarm(): void {
    let at = this.#membership.due
    for (const link of this.#links.values()) at = Math.min(at, link.due)
    this.#alarmBy(at)
  }

  #setAlarmFor(link: BusLink | undefined): void {
    this.#alarmBy(link === undefined ? this.#membership.due : link.due)
  }

  #alarmBy(at: number): void {
    if (at >= this.#alarmAt || this.#isClosed) return
    this.#alarmAt = at
    this.#ports.alarm.set(at)
  }
}
