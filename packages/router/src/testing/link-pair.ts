// For tests: two nodes whose links are up.

import { expect } from 'vitest'
import type { LinkLimits } from '../fabric/link-ports.ts'
import { LinkClock, LinkEnd } from './link-ends.ts'

export interface Pair {
  readonly clock: LinkClock
  readonly a: LinkEnd
  readonly b: LinkEnd
}

/** Two nodes whose links are up, with nothing on the way. */
export function linked(limits: Partial<LinkLimits> = {}): Pair {
  const clock = new LinkClock()
  const [a, b] = [new LinkEnd(clock, limits), new LinkEnd(clock, limits)]
  a.link.hello()
  carry(a, b)
  carry(b, a)
  carry(a, b)
  expect([a.take(), b.take()]).toEqual([['up'], ['up']])
  return { clock, a, b }
}

/** Gives what one end has sent to the other. */
export function carry(from: LinkEnd, to: LinkEnd): void {
  for (const packet of from.sent.splice(0)) to.receive(packet)
}

export function tickAfter({ clock, a, b }: Pair, ms: number): void {
  clock.ms += ms
  a.tick()
  b.tick()
}

/** Sends a frame of this many octets. */
export const sendLong = (end: LinkEnd, length: number): boolean => end.link.send(new Uint8Array(length).fill(0x78))

/** Sends frames in a turn each, so that each has a packet. */
export function sayEach(end: LinkEnd, ...frames: string[]): void {
  for (const frame of frames) {
    end.say(frame)
    end.endTurn()
  }
}
