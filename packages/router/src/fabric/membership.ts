// Who belongs to the cluster: says HELLO, hears those of other nodes, and judges names, restarts, versions and clocks.
// Pure: time comes in by a port. Never sends anything but HELLO, and knows no links.

import type { Hello, NodeState } from './hello.ts'
import { claimedIn, readHello, writeHello } from './hello.ts'
import { Incidents } from './incidents.ts'
import type { Member, MembershipPorts } from './membership-ports.ts'

/** How often a node says HELLO, and how often at most when it has a reason. */
const HELLO_MS = 1_000
const SOONEST_MS = 200
/** A node of which no HELLO came for so long is not heard; for so long again, it is no member any more. */
const SILENT_MS = 5_000
const FORGOTTEN_MS = 10 * 60_000
/** A process keeps its name for so long after its last HELLO: by then a second one of that name has heard of it and stopped. */
const KEEPS_NAME_MS = 2_000
/** Clocks that differ by more are reported to operators. */
const CLOCKS_MS = 5_000
/** More nodes than any cluster has: what strangers say takes no more memory than this. */
const MOST_MEMBERS = 256

/** A member, as it changes. */
class Known implements Member {
  hello: Hello
  version: number | undefined
  heardAt = -Infinity
  isHeard = false
  aheadMs = 0

  constructor(hello: Hello) {
    this.hello = hello
  }
}

/** The nodes of a cluster, as one of them hears of them. One instance for each process. */
export class Membership {
  readonly #ports: MembershipPorts
  readonly #members = new Map<string, Known>()
  readonly #incidents: Incidents
  #state: NodeState = 'joining'
  #startedAt = -Infinity
  #isNameTaken = false
  /** Those that were heard before this process had its name for itself were reported. */
  #hasGreeted = false
  #lastHello = -Infinity
  /** A HELLO is to go out as soon as it may. */
  #isHelloWanted = false

  constructor(ports: MembershipPorts) {
    this.#ports = ports
    this.#incidents = new Incidents(ports.clock, (incident) => ports.owner.onIncident(incident))
  }

  get state(): NodeState {
    return this.#state
  }

  /** All nodes of which a HELLO came in the last 10 minutes, by name. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members
  }

  /** Whether this process has its name for itself, as far as it can know. Before, it opens no links and answers none. */
  get isNamed(): boolean {
    return !this.#isNameTaken && this.#ports.clock.monotonic() - this.#startedAt >= this.#ports.self.nameMs
  }

  /** The monotonic time of the next {@link tick} that is of use; it comes forward when a HELLO is wanted. */
  get due(): number {
    if (this.#startedAt === -Infinity || this.#isNameTaken) return Infinity
    const hello = this.#lastHello + (this.#isHelloWanted ? SOONEST_MS : HELLO_MS)
    return this.#hasGreeted ? hello : Math.min(hello, this.#startedAt + this.#ports.self.nameMs)
  }

  /** The bus is there: says HELLO. */
  start(): void {
    this.#startedAt = this.#ports.clock.monotonic()
    this.#hasGreeted = this.isNamed
    this.#sayHello()
  }

  /** Others learn of it at once. */
  setState(state: NodeState): void {
    if (state === this.#state) return
    this.#state = state
    this.#wantHello()
  }

  /** The bus reaches others again, or a packet of an unknown node came. */
  sayHelloSoon(): void {
    this.#wantHello()
  }

  tick(): void {
    const now = this.#ports.clock.monotonic()
    if (!this.#hasGreeted && this.isNamed) this.#greet()
    if (now >= this.due) this.#sayHello()
    for (const [node, member] of this.#members) {
      const silence = now - member.heardAt
      if (silence >= SILENT_MS) member.isHeard = false
      if (silence >= FORGOTTEN_MS) this.#forget(node)
    }
  }

  /** The process of a node is gone, for certain. */
  gone(node: string): void {
    const member = this.#members.get(node)
    if (member === undefined) return
    // It stays a member: what was missed is kept for it, in case that it comes back.
    member.heardAt = Math.min(member.heardAt, this.#ports.clock.monotonic() - SILENT_MS)
    member.isHeard = false
  }

  /** @param octets a view that holds during the call only */
  hear(octets: Uint8Array): void {
    const { text, seal, counters, self, bus } = this.#ports
    if (this.#startedAt === -Infinity || this.#isNameTaken) return
    counters.hellosReceived++
    const hello = readHello(octets, text, seal)
    if (hello === 'malformed') counters.hellosMalformed++
    if (hello === 'stranger') counters.strangers++
    if (hello === 'stranger') {
      const { node, host } = claimedIn(octets, text) ?? {}
      return this.#incidents.report({ kind: hello, node, host })
    }
    if (hello === 'malformed') return this.#incidents.report({ kind: hello })
    if (hello.node !== bus.node) this.#hearMember(hello)
    else if (hello.boot !== self.boot) this.#hearOwnName(hello)
  }

  /** The older process keeps the name. */
  #hearOwnName(hello: Hello): void {
    if (hello.boot > this.#ports.self.boot) {
      this.#incidents.report({ kind: 'name', node: hello.node, host: hello.host })
      return this.#wantHello()
    }
    this.#isNameTaken = true
    this.#ports.owner.onNameTaken(hello)
  }

  #hearMember(hello: Hello): void {
    const { clock, owner } = this.#ports
    const now = clock.monotonic()
    const known = this.#members.get(hello.node)
    if (known === undefined && !this.#hasRoom()) return this.#incidents.report({ kind: 'crowd', node: hello.node })
    const isOther = known !== undefined && known.hello.boot !== hello.boot
    if (isOther && !isSuccessor(known, hello, now)) return
    const member = known ?? new Known(hello)
    const stateBefore = known === undefined || isOther ? undefined : known.hello.state
    this.#members.set(hello.node, member)
    member.hello = hello
    member.heardAt = now
    member.isHeard = true
    member.version = this.#versionWith(hello)
    member.aheadMs = hello.time - clock.now()
    if (stateBefore === undefined) this.#wantHello()
    if (isOther) owner.onRestarted(member)
    if (hello.state !== stateBefore) owner.onState(member)
    this.#compare(member)
    if (member.version !== undefined && this.isNamed) owner.onHeard(member)
  }

  /** Whether one more may be a member; the one that was silent longest makes room. */
  #hasRoom(): boolean {
    if (this.#members.size < MOST_MEMBERS) return true
    let silent: Known | undefined
    for (const member of this.#members.values()) {
      if (!member.isHeard && member.heardAt < (silent?.heardAt ?? Infinity)) silent = member
    }
    if (silent !== undefined) this.#forget(silent.hello.node)
    return silent !== undefined
  }

  #greet(): void {
    this.#hasGreeted = true
    for (const member of this.#members.values()) if (member.isHeard && member.version !== undefined) this.#ports.owner.onHeard(member)
  }

  #forget(node: string): void {
    this.#members.delete(node)
    this.#ports.owner.onForgotten(node)
  }

  /** The version to speak: the lower of the two newest, if both still speak it. */
  #versionWith(hello: Hello): number | undefined {
    const { version, least } = this.#ports.self
    const common = Math.min(version, hello.version)
    return common >= Math.max(least, hello.least) ? common : undefined
  }

  /** Reports what an operator should know of a node. */
  #compare({ hello, version, aheadMs }: Member): void {
    const { node } = hello
    if (version === undefined) this.#incidents.report({ kind: 'version', node, version: hello.version, least: hello.least })
    if (Math.abs(aheadMs) > CLOCKS_MS) this.#incidents.report({ kind: 'clock', node, aheadMs })
  }

  #wantHello(): void {
    this.#isHelloWanted = true
    if (this.#startedAt !== -Infinity && this.#ports.clock.monotonic() >= this.due) this.#sayHello()
  }

  #sayHello(): void {
    const { bus, clock, text, seal, self, counters } = this.#ports
    if (this.#isNameTaken) return
    const { version, least, boot, host } = self
    const hello = { version, least, node: bus.node, boot, time: clock.now(), state: this.#state, host }
    this.#isHelloWanted = false
    this.#lastHello = clock.monotonic()
    counters.hellosSent++
    bus.announce(writeHello(hello, text, seal))
  }
}

/**
 * Whether another process now has the name of a node: a younger one once the older has been silent for a little, so that a process that was
 * started by mistake with a name in use does no harm; an older one, as after a clock that was set back, once the younger is not heard.
 */
function isSuccessor({ hello, heardAt }: Known, { boot }: Hello, now: number): boolean {
  return now - heardAt >= (boot > hello.boot ? KEEPS_NAME_MS : SILENT_MS)
}
