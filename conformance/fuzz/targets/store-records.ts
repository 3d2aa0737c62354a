// What a store of events finds in its file: an event, a chunk of events, its index, retained events, a durable subscription, or a RecordError. What is
// accepted comes back the same.

import { fromHex, TOKENS } from '@trunkline/testkit'
import { entriesOf, readIndex } from '../../../packages/router/src/store/chunk.ts'
import { consumerIn, sealedConsumer } from '../../../packages/router/src/store/consumer-record.ts'
import { EventRecords } from '../../../packages/router/src/store/event-record.ts'
import { recordsIn } from '../../../packages/router/src/store/lmdb-retained.ts'
import { RecordError } from '../../../packages/router/src/store/record-error.ts'
import { sealed } from '../../../packages/router/src/store/sealed.ts'
import type { Target } from './target.ts'
import { check, isProportionate, isSame } from './target.ts'

/** The heap that an event may take for each of its octets: an empty dict of one octet is an object. */
const MOST_PER_OCTET = 128

/** The first octet says what the rest is. */
export function storeRecordsTarget(): Target {
  const records = new EventRecords()

  /** An event, read and written again. */
  function event(octets: Uint8Array): string {
    const read = records.decode(octets, 0, octets.length, 7)
    check(isProportionate(read, octets.length, MOST_PER_OCTET), 'an event takes more memory than its octets allow')
    const { position, ...given } = read
    const head = records.headOf(octets, 0, octets.length)
    check(head.topic === given.topic && Object.is(head.time, given.time), 'the head of an event says something else than the event')
    const again = records.encode(given).slice()
    check(again.length <= 9 * octets.length + 64, 'the event grew out of proportion')
    check(isSame(records.decode(again, 0, again.length, position), read), 'an event changed on its way through')
    check(records.audienceIn(again).length > 0 === (given.audience !== undefined), 'an audience was lost')
    return `event ${given.payload?.serializer ?? 'without payload'}`
  }

  /** The checksum is made for what was changed: otherwise nothing behind it would be read. */
  function chunk(octets: Uint8Array): string {
    const value = sealed(octets)
    const kinds = entriesOf(value, 5).map(({ start, end, position }) => {
      check(position >= 5 && start <= end && end <= value.length, 'an event lies outside of its chunk')
      return attempt(() => event(value.subarray(start, end)))
    })
    return `chunk of ${Math.min(kinds.length, 3)}`
  }

  function index(octets: Uint8Array): string {
    const { last, topics } = readIndex(sealed(octets))
    check(Number.isSafeInteger(last), 'a position is not exact')
    return `index of ${Math.min(topics?.length ?? 0, 3)}`
  }

  function retained(octets: Uint8Array): string {
    const kept = recordsIn(sealed(octets))
    check(
      kept.every(({ position }) => Number.isSafeInteger(position)),
      'a position is not exact',
    )
    return `retained ${Math.min(kept.length, 3)}`
  }

  function consumer(octets: Uint8Array): string {
    const read = consumerIn(sealed(octets))
    const again = consumerIn(sealedConsumer(read))
    check(isSame({ ...again, attempts: [...again.attempts] }, { ...read, attempts: [...read.attempts] }), 'a subscription changed')
    return 'subscription'
  }

  const readers = [event, chunk, index, retained, consumer]

  function run(input: Uint8Array): string {
    const read = readers[(input[0] ?? 0) % readers.length] ?? event
    return attempt(() => read(input.subarray(1)))
  }

  return {
    name: 'store-records',
    files: /router\/src\/store\/(event-record|chunk|sealed|consumer-record|lmdb-retained)\.ts/,
    seeds: SEEDS.map((seed) => fromHex(seed.replaceAll(/\s/g, ''))),
    tokens: [...TOKENS.cbor, ...PIECES.map(fromHex)],
    run,
  }
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof RecordError) return error.message.replaceAll(/\d+/g, '#').slice(0, 32)
    throw error
  }
}

const TIME = '4278bcfe568b0000'
const BARE = `01 00 00 0000000000000007 ${TIME} 00000001 74`
const EVENT = `01 3f 02 001fffffffffffff ${TIME} 00000003 612e62 00000004 a16161f5 00000010 a1 68 656c696769626c65 82 01 02 a0a0a0 0000000000000063 ffffffff 00000001 75 5b315d`
const FULL = `01 3f 01 001fffffffffffff ${TIME} 00000003 612e62 00000004 a16161f5 0000000c a1 68 656c696769626c65 81 01 0000000000000063 ffffffff 00000001 75 5b315d`
const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const SEEDS = [
  `00 ${BARE}`,
  `00 ${EVENT}`,
  `00 ${FULL}`,
  `00 01 20 11 0000000000000007 ${TIME} 00000001 74 9101`,
  `00 01 01 22 0000000000000007 ${TIME} 00000001 74 00000001 a0 8101a0`,
  `01 01 00000018 00000000 ${BARE}`,
  `01 01 00000018 00000000 ${BARE} 00000018 00000003 ${BARE}`,
  '02 0000000000000009 00000002 0000000000000100 0001 61 0003 612e62',
  '02 0000000000000009 00000002 0000000000000100',
  `03 00000018 0000000000000009 ${BARE}`,
  `04 ${hexOf('{"name":"a","match":"exact","uri":"a.b","principal":"p","acked":1,"ackedAbove":[3],"attempts":[[2,1]]}')}`,
  `04 ${hexOf('{"name":"a","match":"wildcard","uri":"a..b","principal":"","acked":0,"ackedAbove":[],"attempts":[]}')}`,
]
const PIECES = [
  '00 00 00 00',
  '00 00 00 01',
  'ff ff ff ff',
  '00 1f ff ff ff ff ff ff',
  '00 20 00 00 00 00 00 00',
  '7f f0 00 00 00 00 00 00',
  '00 00 00 18 00 00 00 01',
]
