// Two links in worlds drawn from seeds: see testing/link-world.ts. LINK_WORLDS=5000 LINK_FROM=1 runs more of them.
//
// Faults that were put into the link to see whether they are found. By these worlds: the window never closes; the queue has no bound, for
// frames and for pieces; `settle` at once, by an acknowledgement that overtook, without what waits at its sender, before the frames of its
// packet; callbacks forgotten, or before the owner knows; packets taken twice, or over a gap; nothing sent again by time; no ACK when idle; a
// life that does not end; packets for another life taken; ticks due at once. By the tests of single cases: those, and a late OPEN
// accepted; a packet acknowledged before its frames are taken in; NAK, ASK or a lost end ignored; the rest of a window not sent again; sent
// again without a copy; lives that do not grow; OPENED of another life; packets from another life; no grace, or one for ever; no rest; HELLO
// taken for a sign of life; a stall not seen; half full each time.

import { expect, it } from 'vitest'

import { createTally, LinkWorld } from '../testing/link-world.ts'

const WORLDS = Number(process.env['LINK_WORLDS'] ?? 250)
const FROM = Number(process.env['LINK_FROM'] ?? 1)

const TIMEOUT_MS = 20_000 + 100 * WORLDS

it(
  'loses, repeats and reorders nothing within a life, is always linked again, and settles only what was taken in',
  { timeout: TIMEOUT_MS },
  () => {
    const tally = createTally()
    const failed: string[] = []
    for (let seed = FROM; seed < FROM + WORLDS && failed.length < 5; seed++) {
      try {
        new LinkWorld(seed, tally).run()
      } catch (error) {
        failed.push(`seed ${seed}: ${(error as Error).message}`)
      }
    }
    if (process.env['LINK_WORLDS'] !== undefined) process.stdout.write(`${JSON.stringify(tally)}\n`)
    expect(failed).toEqual([])
    // Worlds in which little happens show little.
    expect(Object.entries(tally).filter(([, count]) => count < WORLDS / 10)).toEqual([])
  },
)
