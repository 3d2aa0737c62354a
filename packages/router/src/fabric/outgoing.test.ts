// Shows what remains of a life of a link when it ends, and how changes of an owner count.

import { expect, it } from 'vitest'
import { LINK_LIMITS } from './link.ts'
import { Outgoing } from './outgoing.ts'
import { CHANGES } from './owner-numbers.ts'

const LONGEST = 256 << 10

it('the frames that were not acknowledged remain, in order, long ones too', () => {
  const outgoing = new Outgoing(LINK_LIMITS)
  const short = (octet: number): Uint8Array => new Uint8Array(3).fill(octet)
  const append = (...frames: Uint8Array[]): void => {
    for (const frame of frames) expect(outgoing.append(frame, LONGEST)).toBe(true)
  }
  const left = (): unknown[] => Array.from(outgoing.undelivered(), (frame) => [frame[0], frame.length])
  append(short(1), short(2))
  outgoing.next()
  append(short(3), short(4), new Uint8Array(1 << 20).fill(5))
  outgoing.next()
  append(short(6))
  outgoing.acknowledge(1)
  expect(left()).toEqual([
    [3, 3],
    [4, 3],
    [5, 1 << 20],
    [6, 3],
  ])
  for (let packet = outgoing.next(); packet !== undefined; packet = outgoing.next());
  outgoing.acknowledge(3)
  expect(left()).toEqual([[6, 3]])
})

it('changes of an owner count 16 KiB each at least, until they are acknowledged, and are taken whatever it has on its way', () => {
  const outgoing = new Outgoing(LINK_LIMITS)
  const owner = CHANGES + 1
  const MANY = 999
  for (let i = 0; i < MANY; i++) expect(outgoing.append(new Uint8Array(100), LONGEST, false, owner)).toBe(true)
  expect(outgoing.append(new Uint8Array(100), LONGEST, true, owner)).toBe(true)
  expect(outgoing.shares.of(owner)).toBe((MANY + 1) * (16 << 10))
  outgoing.next()
  expect(outgoing.append(new Uint8Array(20 << 10), LONGEST, false, owner)).toBe(true)
  outgoing.next()
  outgoing.acknowledge(1)
  expect(outgoing.shares.of(owner)).toBe(20 << 10)
  outgoing.acknowledge(2)
  expect(outgoing.shares.of(owner)).toBe(0)
})
