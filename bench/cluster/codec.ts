// What it costs to write and to read the frames that are many.

import { Payload } from '@trunkline/protocol'
import { makeSerializers } from '@trunkline/testkit'
import { FrameCodec } from '../../packages/router/src/fabric/frame-codec.ts'
import type { Frame } from '../../packages/router/src/fabric/frames.ts'
import { nodeText } from '../../packages/router/src/node-text.ts'
import { publication } from './hops.ts'

const TIMES = 1_000_000
/** All of the first round and some of the second is warming up. */
const ROUNDS = 3

/** Prints the nanoseconds of processor time for each kind of frame. */
export function benchCodec(): void {
  const serializers = makeSerializers()
  const codec = new FrameCodec(serializers, nodeText)
  const payload = Payload.fromRaw(serializers.json, new Uint8Array(Buffer.from('[["some text",12345,true]]')), 1)
  const ref = 12_345
  const disclosed = { publisher: 2 ** 50 + 3, publisher_authid: 'peter', publisher_authrole: 'user' }
  const pub = publication()
  const frames: Readonly<Record<string, Frame>> = {
    PUB: pub,
    'PUB, publisher disclosed': pub.type === 'pub' ? { ...pub, publication: { ...pub.publication, details: disclosed } } : pub,
    INVOKE: {
      type: 'invoke',
      realm: 1,
      ref,
      registration: 2 ** 52 + 9,
      session: 2 ** 51 + 77,
      isStream: false,
      takesPassthru: false,
      owner: 1,
      details: undefined,
      payload,
    },
    RESULT: { type: 'result', realm: 1, ref, details: undefined, payload },
  }
  const lines = new Map<string, string>()
  for (let round = 0; round < ROUNDS; round++) for (const [name, frame] of Object.entries(frames)) lines.set(name, line(name, frame))
  console.log('| frame | octets | write, ns | read, ns |\n|---|---|---|---|')
  for (const each of lines.values()) console.log(each)

  function line(name: string, frame: Frame): string {
    const octets = codec.encode(frame).slice()
    const inPacket = 1_000
    const packet = new Uint8Array(inPacket * octets.length)
    for (let i = 0; i < inPacket; i++) packet.set(octets, i * octets.length)
    const write = nanoseconds(() => void codec.encode(frame))
    const read = nanoseconds((i) => {
      const start = (i % inPacket) * octets.length
      codec.decode(packet, start, start + octets.length)
    })
    return `| ${name} | ${octets.length} | ${write.toFixed(0)} | ${read.toFixed(0)} |`
  }
}

function nanoseconds(work: (i: number) => void): number {
  const before = process.cpuUsage()
  for (let i = 0; i < TIMES; i++) work(i)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / TIMES
}
