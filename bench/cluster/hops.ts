// The ways from one process to another: each sends frames of about 100 octets, and tells how many have come to the other end.

import { Payload } from '@trunkline/protocol'
import { makeSerializers } from '@trunkline/testkit'
import { UnixBus } from '../../packages/router/src/cluster/unix-bus.ts'
import { createCounters } from '../../packages/router/src/fabric/counters.ts'
import { FrameCodec } from '../../packages/router/src/fabric/frame-codec.ts'
import type { Frame } from '../../packages/router/src/fabric/frames.ts'
import { LINK_LIMITS, NodeLink } from '../../packages/router/src/fabric/link.ts'
import { nodeText } from '../../packages/router/src/node-text.ts'
import { SlicedScheduler } from '../../packages/router/src/sliced-scheduler.ts'
import type { Ends, Way } from './way.ts'
import { Arrivals, wayOf } from './way.ts'

/** `bus`: packets of one frame each. `link`: frames of octets. `publications`: frames that are written and read. */
export type Hop = 'bus' | 'link' | 'publications'

/** After so many frames the receiver says how many have come. */
const TOLD_EVERY = 1_024
const FRAME = new Uint8Array(100).fill(1)
const TICK_MS = 5

/** Resolves when the two ends are joined. */
export async function startHop(hop: Hop, { node, other, folder }: Ends): Promise<Way> {
  const bus = await UnixBus.open({ node, folder })
  const codec = new FrameCodec(makeSerializers(), nodeText)
  const frame = publication()
  const arrivals = new Arrivals()
  let received = 0
  let onUp = (): void => undefined
  const isUp = new Promise<void>((resolve) => (onUp = resolve))

  /** A frame of four octets is a count; all others count. */
  const take = (octets: Uint8Array, start: number, end: number): void => {
    if (end - start === 4) {
      return arrivals.come(new DataView(octets.buffer, octets.byteOffset + start).getUint32(0))
    }
    if (hop === 'publications' && codec.decode(octets, start, end)?.type !== 'pub') throw new Error('another frame than was sent')
    if (++received % TOLD_EVERY === 0) tell()
  }
  const link = new NodeLink({
    to: other,
    bus,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    scheduler: new SlicedScheduler({ monotonic: () => performance.now() }),
    owner: { onUp, onDown: () => undefined, onFrame: take, onHalfFull: () => undefined },
    counters: createCounters(),
    limits: LINK_LIMITS,
  })
  const handOver = (octets: Uint8Array): void => {
    if (hop === 'bus') bus.send(other, octets)
    else if (!link.send(octets)) throw new Error('the link does not take a frame')
  }
  const tell = (): void => {
    const count = new Uint8Array(4)
    new DataView(count.buffer).setUint32(0, received)
    handOver(count)
  }
  bus.start({
    onPacket: (_, packet) => (hop === 'bus' ? take(packet, 0, packet.length) : link.receive(packet)),
    onHello: () => (hop === 'bus' ? onUp() : link.hello()),
    onGone: () => link.gone(),
    onStatus: () => undefined,
  })
  bus.announce(new Uint8Array(1))
  bus.connectTo([other])
  const timer = setInterval(() => {
    if (hop !== 'bus' && link.due <= performance.now()) link.tick()
    // The last ones count, too.
    if (received % TOLD_EVERY !== 0 && link.isUp !== (hop === 'bus')) tell()
  }, TICK_MS)
  await isUp
  return wayOf(arrivals, {
    send: () => handOver(hop === 'publications' ? codec.encode(frame) : FRAME),
    async close() {
      clearInterval(timer)
      link.close()
      await bus.close()
    },
  })
}

/** A publication without details, whose payload is JSON of 60 octets. */
export function publication(): Frame {
  const raw = new Uint8Array(Buffer.from(`[${JSON.stringify('x'.repeat(56))}]`))
  const { json } = makeSerializers()
  return {
    type: 'pub',
    realm: 1,
    publication: {
      id: 2 ** 52 + 5,
      topic: 'com.example.topic.number',
      winners: undefined,
      details: undefined,
      audience: undefined,
      retained: undefined,
      isOwn: false,
      isPast: false,
      payload: Payload.fromRaw(json, raw, 1),
    },
  }
}
