// Frames of other nodes: a frame, one to be skipped, or a FrameError; an accepted frame comes back the same.

import type { SerializerName } from '@trunkline/protocol'
import { Payload, universalText } from '@trunkline/protocol'
import { fromHex, makeSerializers, TOKENS } from '@trunkline/testkit'
import { FrameCodec } from '../../../packages/router/src/fabric/frame-codec.ts'
import { FrameError } from '../../../packages/router/src/fabric/frame-error.ts'
import type { Frame } from '../../../packages/router/src/fabric/frames.ts'
import type { Target } from './target.ts'
import { check, concat, isProportionate, isSame } from './target.ts'

/** The heap that a frame may take for each of its octets: an empty dict of one octet is an object. */
const MOST_PER_OCTET = 128

export function clusterFramesTarget(): Target {
  const codec = new FrameCodec(makeSerializers(), universalText)

  function run(input: Uint8Array): string {
    let frame: Frame | undefined
    try {
      frame = codec.decode(input)
    } catch (error) {
      if (error instanceof FrameError) return error.message.replaceAll(/\d+/g, '#').slice(0, 32)
      throw error
    }
    if (frame === undefined) return 'skipped'
    const read = plain(frame)
    check(isProportionate(read, input.length, MOST_PER_OCTET), 'a frame takes more memory than its octets allow')
    const encoded = codec.encode(frame)
    check(encoded.length <= 9 * input.length + 64, 'the frame grew out of proportion')
    check(isSame(plain(codec.decode(encoded)), read), 'a frame changed on its way through')
    return frame.type
  }

  const files = /router\/src\/fabric\/frame-[a-z]+\.ts/
  return {
    name: 'cluster-frames',
    files,
    seeds: SEEDS.map((seed) => fromHex(seed.replaceAll(/\s/g, ''))),
    tokens: [...TOKENS.cbor, ...PIECES.map(fromHex)],
    run,
  }
}

/** Payloads by their octets: of the rest they hold serializers. */
function plain(value: unknown): unknown {
  if (value instanceof Payload)
    return { format: value.format?.name satisfies SerializerName | undefined, count: value.count, raw: concat(value.raw) }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

const ID = '0000000000000007'
const SEEDS = [
  '01 0001 0006 7265616c6d31',
  '02 0001',
  '03 0000',
  `08 0001 01 01 0002 612e ${ID} 00000002 00000001 ffffffff`,
  `09 0001 ${ID} ${ID} ${ID} 00 05 0001 61 00 01 00 01 00000001 00000002 01 00000002 0000 03ff`,
  `0a 0001 ${ID} ${ID}`,
  `0b 0001 ${ID} ${ID} ${ID}`,
  `0c 0001 ${ID} 0001 61 0002 c3a9 0000 0001 62 0001 63 00000002 0001 61 0000`,
  `0d 0001 ${ID}`,
  `0e 0001 ${ID} 01 00 ${ID} 0001 61 01 5b31`,
  `0f 0001 ${ID} 00`,
  `10 0001 1f ${ID} 0000002a ${ID} ${ID} 0003 612e62 00000004 a16161 01 00000008 a16161 83 010203 12 93010203 80`,
  `11 0001 01 00000002 0001 61 00000003 0001 62 00000004`,
  `12 0001 ${ID}`,
  `14 0001 02 0003 612e2e ${ID}`,
  `15 0001 ${ID} 01 0001 61 02 5b5d2c7b7d`,
  `20 0001 ${ID} ${ID} ${ID} 03 00000006 a1 63 616263 f5 01 5b315d`,
  `21 0001 ${ID} 00 21 80`,
  `22 0001 ${ID} 00000001 a0`,
  `23 0001 ${ID}`,
  `28 0001 ${ID} 01 00000004 a16161f5 11 9101`,
  `29 0001 0003 652e65 ${ID} 00 00`,
  `2a 0001 ${ID} 00 00`,
  `30 0001 ${ID} 01 0001 61 01 0001 62`,
  `31 0001 ${ID} ${ID} 0001 61 0001 62 0001 63`,
  `32 0001 01 ${ID} ${ID} 00`,
  `38 0001 ${ID} 0001 61 00000001 a0`,
  `39 0001 ${ID} 00000003 a10102`,
  `39 0001 ${ID} 00000007 a16161 83a0a0a0`,
  `39 0001 ${ID} 00000104 a101 9900ff ${'a0'.repeat(255)}`,
  '01 0001 ffff 00010000',
  '80 0001 00',
]
const PIECES = [
  '00 00',
  '00 01',
  'ff ff',
  '00 00 00 01',
  'ff ff ff ff',
  '00 1f ff ff ff ff ff ff',
  '00 20 00 00 00 00 00 00',
  'ff ff 00 01 00 00',
]
