// Shows that a frame for several nodes is written once, that nothing of it is kept beyond its turn, and what becomes of one that cannot be written.

import type { Dict } from '@trunkline/protocol'
import { Payload } from '@trunkline/protocol'
import { makeSerializers } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { nodeText } from '../node-text.ts'
import { createCounters } from './counters.ts'
import { FrameCodec } from './frame-codec.ts'
import { FrameSender } from './frame-sender.ts'
import type { Frame } from './frames.ts'
import type { LinkToNode } from './link-ports.ts'
import type { NodeLink } from './node-links.ts'

class CountingCodec extends FrameCodec {
  encoded = 0
  released = 0

  constructor() {
    super(makeSerializers(), nodeText)
  }

  override encode(frame: Frame): Uint8Array {
    this.encoded++
    return super.encode(frame)
  }

  override release(): void {
    this.released++
    super.release()
  }
}

/** The links to two nodes, b and c, and what becomes of them. */
class Scene {
  readonly codec = new CountingCodec()
  readonly counters = createCounters()
  readonly deferred: (() => void)[] = []
  readonly sent: Uint8Array[] = []
  /** Links that went down, and what was reported of it. */
  readonly ended: string[] = []
  readonly #links: readonly NodeLink[]

  constructor() {
    const { codec, counters } = this
    const sender = new FrameSender({
      codec,
      counters,
      scheduler: { defer: (task) => void this.deferred.push(task) },
      onUnwritable: (node) => void this.ended.push(`unwritable ${node}`),
    })
    this.#links = ['b', 'c'].map((node) => sender.over(node, this.#to(node)))
  }

  /** @returns whether each node gets it */
  send(frame: Frame): boolean[] {
    return this.#links.map((link) => link.send(frame))
  }

  #to(node: string): LinkToNode {
    return {
      ...{ isUp: true, due: 0, queuedBytes: 0, resent: 0, roundTripMs: undefined },
      send: (octets) => this.sent.push(octets.slice()) > 0,
      fault: () => void this.ended.push(`fault ${node}`),
      ...{ overflow() {}, flush() {}, receive() {}, tick() {}, pace() {}, settle() {}, hello() {}, gone() {}, close() {} },
    }
  }
}

function frameOf(octets: number): Frame {
  const payload = Payload.fromValues([['x'.repeat(octets)]])
  return { type: 'define', realm: 1, session: 1, kind: 'topic', uri: 'com.example.topic', stamp: 1, payload }
}

/** CBOR holds no function. */
const UNWRITABLE: Dict = { reason: () => 1 }

function eventWith(details: Dict): Frame {
  const rest = { winners: undefined, audience: undefined, retained: undefined, isPast: false, isOwn: false, payload: undefined }
  return { type: 'pub', realm: 1, publication: { id: 1, topic: 'com.example.topic', details, ...rest } }
}

describe('frames over links', () => {
  it('are written once for several nodes', () => {
    const scene = new Scene()
    scene.send(frameOf(8))
    expect([scene.codec.encoded, scene.sent.length]).toEqual([1, 2])
    expect(scene.sent[0]).toEqual(scene.sent[1])
  })

  it('are released at the end of their turn', () => {
    const scene = new Scene()
    const { codec, deferred } = scene
    const frame = frameOf(100_000)
    scene.send(frame)
    scene.send(frameOf(8))
    expect([deferred.length, codec.released]).toEqual([1, 0])
    deferred.splice(0).forEach((task) => task())
    expect(codec.released).toBe(1)
    scene.send(frame)
    expect([codec.encoded, deferred.length]).toEqual([3, 1])
  })

  it('that cannot be written end the link, and are counted', () => {
    const scene = new Scene()
    expect(scene.send({ type: 'interrupt', realm: 1, ref: 1, options: UNWRITABLE })).toEqual([false, false])
    expect(scene.ended).toEqual(['fault b', 'unwritable b', 'fault c', 'unwritable c'])
    expect([scene.counters.framesUnwritable, scene.sent]).toEqual([2, []])
  })

  it('that cannot be written are missed where they are events', () => {
    const scene = new Scene()
    expect(scene.send(eventWith(UNWRITABLE))).toEqual([false, false])
    expect([scene.ended, scene.counters.framesUnwritable, scene.sent]).toEqual([[], 2, []])
    expect(scene.send(eventWith({}))).toEqual([true, true])
  })

  it('hold no octets of one before them that could not be written', () => {
    const scene = new Scene()
    const frame = frameOf(8)
    scene.send(frame)
    scene.send(eventWith(UNWRITABLE))
    scene.send(frame)
    expect(scene.sent).toHaveLength(4)
    expect(scene.sent[3]).toEqual(scene.sent[0])
  })
})
