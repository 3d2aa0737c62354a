// Packets between nodes, as the link to one of them takes them while it is up and has frames of its own on the way.

import { fromHex } from '@trunkline/testkit'
import { createCounters } from '../../../packages/router/src/fabric/counters.ts'
import type { DownCause, LinkOwner } from '../../../packages/router/src/fabric/link-ports.ts'
import { LINK_LIMITS, NodeLink } from '../../../packages/router/src/fabric/link.ts'
import { ACK, ASK, DATA, HEAD, NAK, OPEN, OPENED, PART, writeHead, writeU32 } from '../../../packages/router/src/fabric/packet.ts'
import type { Target } from './target.ts'
import { check, concat } from './target.ts'

/** How long passes before a packet, by three bits of the octet before it. */
const PAUSES = [0, 0, 5, 50, 500, 1_000, 3_000, 5_000] as const
const LIMITS = { ...LINK_LIMITS, window: 4_096, packet: 1_024, queue: 8_192, reserve: 2_048, frame: 4_096 }
const THEIR_LIFE = 7

export function clusterLinkTarget(): Target {
  return {
    name: 'cluster-link',
    files: /router\/src\/fabric\/(?:link|exchange|incoming|outgoing|settling|life|packet)\.ts/,
    seeds: SEEDS,
    tokens: SIGNS.map(fromHex),
    run(input) {
      const node = new Node()
      for (let at = 0; at + 3 <= input.length;) {
        const [how, high, low] = input.subarray(at, at + 3) as unknown as readonly [number, number, number]
        const end = Math.min(input.length, at + 3 + (high * 256 + low))
        node.pass(PAUSES[(how >> 1) & 7] ?? 0)
        node.take(input.slice(at + 3, end), (how & 1) === 1)
        at = end
      }
      node.finish(input.length)
      return node.kind
    },
  }
}

/** A node whose link is up, and which answers each frame by another. */
class Node implements LinkOwner {
  readonly counters = createCounters()
  readonly #link: NodeLink
  #ms = 1_000_000
  #sent: Uint8Array[] = []
  #tasks: (() => void)[] = []
  #isUp = false
  #downs: DownCause[] = []
  #frameBytes = 0
  /** The life of the link on this side, as its packets show it. */
  #life = 0
  #settling = 0

  constructor() {
    this.#link = new NodeLink({
      to: 'other',
      bus: { maxPacketBytes: 1 << 20, send: (_, packet) => this.#sent.push(packet) },
      clock: { now: () => this.#ms, monotonic: () => this.#ms },
      scheduler: { defer: (task) => this.#tasks.push(task) },
      owner: this,
      counters: this.counters,
      limits: LIMITS,
    })
    this.#link.hello()
    this.#look()
    this.take(packetOf({ kind: OPENED, source: THEIR_LIFE }), true)
    for (let i = 0; i < 3; i++) {
      this.#link.send(new Uint8Array(700))
      this.#endTurn()
    }
  }

  get kind(): string {
    const { packetsDropped, packetsResent, framesReceived } = this.counters
    const signs = [packetsDropped > 0, packetsResent > 0, framesReceived > 1, this.#settling > 0]
    return `${this.#isUp ? 'up' : 'down'} ${this.#downs.slice(0, 4).join(' ')} ${signs.map(Number).join('')}`
  }

  /** @param isOwn whether it is given the lives of the link, which no change of octets would find */
  take(packet: Uint8Array, isOwn: boolean): void {
    if (isOwn && packet.length >= HEAD) {
      writeU32(packet, 4, THEIR_LIFE)
      writeU32(packet, 8, this.#life)
    }
    const inWindow = LIMITS.window / HEAD
    this.#link.receive(packet)
    this.#endTurn()
    check(this.#sent.length <= inWindow, 'one packet brings more than a window of them')
    this.#look()
  }

  pass(ms: number): void {
    this.#ms += ms
    this.#link.tick()
    this.#endTurn()
    check(this.#link.due > this.#ms, 'a tick is due that has just been')
    this.#look()
  }

  finish(inputBytes: number): void {
    check(this.#frameBytes <= inputBytes, 'more octets in frames than came')
    this.#link.close()
    this.#endTurn()
    check(this.#settling === 0, 'a callback of settle was forgotten')
    check(!this.#isUp, 'up after it was closed')
  }

  onUp(): void {
    check(!this.#isUp, 'up twice')
    this.#isUp = true
  }

  onDown(cause: DownCause): void {
    check(this.#isUp, 'down twice')
    this.#isUp = false
    this.#downs.push(cause)
  }

  onFrame(octets: Uint8Array, start: number, end: number): void {
    check(this.#isUp, 'a frame while down')
    check(start < end && end <= octets.length, 'a frame that is none')
    this.#frameBytes += end - start
    if (!this.#link.send(octets.subarray(start, end)) && octets[start] === 0x6f) this.#link.overflow()
    if (octets[start] === 0x66) this.#link.fault()
    if (octets[start] !== 0x73) return
    this.#settling++
    this.#link.settle(() => this.#settling--)
  }

  onHalfFull(): void {}

  #endTurn(): void {
    for (const task of this.#tasks.splice(0)) task()
  }

  /** What has to hold at all times; takes what was sent. */
  #look(): void {
    check(this.#link.windowBytes <= LIMITS.window, 'the window is too long')
    check(this.#link.queuedBytes <= LIMITS.queue, 'the queue is too long')
    for (const packet of this.#sent.splice(0)) {
      check(packet.length <= LIMITS.packet, 'a packet is too long')
      this.#life = new DataView(packet.buffer, packet.byteOffset).getUint32(4)
    }
  }
}

function packetOf(head: Partial<Parameters<typeof writeHead>[1]>, ...parts: readonly Uint8Array[]): Uint8Array {
  const packet = concat(new Uint8Array(HEAD), ...parts)
  writeHead(packet, { kind: 0, flags: 0, source: 0, destination: 0, behind: 0, seq: 0, ack: 0, ...head })
  return packet
}

/** Packets as an input holds them; `how` is the octet before each. */
function inputOf(how: number, ...packets: readonly Uint8Array[]): Uint8Array {
  return concat(...packets.flatMap((packet) => [Uint8Array.of(how, packet.length >> 8, packet.length & 255), packet]))
}

const one = fromHex('00 00 00 02 73 31')
const SEEDS = [
  inputOf(1, packetOf({ kind: DATA, seq: 1, ack: 1 }, one, one), packetOf({ kind: DATA, flags: ASK, seq: 2, ack: 3 }, one)),
  inputOf(
    1,
    packetOf({ kind: ACK, ack: 2, seq: 1 }),
    packetOf({ kind: ACK, flags: NAK, ack: 1 }),
    packetOf({ kind: ACK, ack: 3, behind: 2 }),
  ),
  inputOf(
    1,
    packetOf({ kind: PART, flags: 4, seq: 1 }, fromHex('00 00 00 03 31')),
    packetOf({ kind: PART, flags: 8, seq: 2 }, fromHex('32 33')),
  ),
  inputOf(0, packetOf({ kind: OPEN, source: 8 }), packetOf({ kind: OPEN, source: 3 })),
  inputOf(9, packetOf({ kind: ACK }), packetOf({ kind: DATA, seq: 3 }, one), packetOf({ kind: 5 })),
]
const SIGNS = [
  '54 01 01 00',
  '54 01 02 00',
  '54 01 03 02',
  '54 01 04 01',
  '54 01 05 00',
  '54 01 06 04',
  '00 00 00 02 6f 31',
  '00 00 00 02 66 31',
]
