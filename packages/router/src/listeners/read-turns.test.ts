// Shows the turns in which connections are read, on a clock and an event loop that the test holds in its hand.

import { ManualClock } from '@trunkline/testing/ports'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Reading } from './read-turns.ts'
import { ReadTurn, ReadTurns } from './read-turns.ts'

/** The time that one message takes, and how many are in what is read of a socket at once. */
const MESSAGE_MS = 0.25
const CHUNK = 400
const SHORT = new Uint8Array(100)
const LONG = new Uint8Array(4_000_000)

/** An event loop: in each of its turns sockets are polled, then comes what was to run in the next turn. */
class Loop {
  readonly clock = new ManualClock()
  /** How much longer all takes than this process works. */
  slowness = 1
  #worked = 0
  readonly turns = new ReadTurns({
    now: () => this.clock.monotonic(),
    nextTurn: (run) => void this.#next.push(run),
    worked: () => this.#worked,
  })
  readonly sockets: Peer[] = []
  #next: (() => void)[] = []

  open(): Peer {
    const peer = new Peer(this)
    this.sockets.push(peer)
    return peer
  }

  work(milliseconds: number): void {
    this.#worked += milliseconds
    this.clock.advance(milliseconds * this.slowness)
  }

  turn(): void {
    this.poll()
    this.runNext()
  }

  poll(): void {
    for (const peer of this.sockets) peer.poll()
  }

  runNext(): void {
    for (const run of this.#next.splice(0)) run()
  }

  get isIdle(): boolean {
    return this.#next.length === 0
  }
}

/** A connection: messages that have not been read off its socket, and those that were and are not handed on. */
class Peer implements Reading {
  holder = 'somebody'
  unread = 0
  handedOn = 0
  /** How often it had a turn. */
  turns = 0
  /** What each of its messages takes. */
  messageMs = MESSAGE_MS
  #rest = 0
  #isWaiting = false
  #isKept = false
  readonly #loop: Loop
  readonly #turn: ReadTurn

  constructor(loop: Loop) {
    this.#loop = loop
    this.#turn = new ReadTurn(loop.turns, this)
  }

  /** Sends messages; how long it takes until the last is handed on, in milliseconds. */
  timeFor(messages: number): number {
    const { clock } = this.#loop
    const [begin, end] = [clock.monotonic(), this.handedOn + messages]
    this.unread += messages
    for (let turns = 0; this.handedOn < end; turns++) {
      if (turns > 10_000) throw new Error('never served')
      this.#loop.turn()
    }
    return clock.monotonic() - begin
  }

  poll(): void {
    if (this.#isWaiting || this.unread === 0) return
    this.#rest = Math.min(this.unread, CHUNK)
    this.unread -= this.#rest
    this.#read()
  }

  goOn(): void {
    this.turns++
    this.#isWaiting = false
    if (this.#isKept) {
      this.#isKept = false
      this.#turn.begin()
      this.#handOn()
    }
    if (!this.#isWaiting) this.#read()
  }

  #read(): void {
    this.#turn.begin()
    while (this.#rest > 0 && !this.#isWaiting) {
      if (this.#turn.mayTake(SHORT)) this.#handOn()
      else {
        this.#isKept = this.#isWaiting = true
        this.#turn.wait(SHORT)
      }
    }
  }

  #handOn(): void {
    this.#rest--
    this.handedOn++
    this.#loop.work(this.messageMs)
    if (!this.#turn.isOver()) return
    this.#isWaiting = true
    this.#turn.wait()
  }
}

describe('turns in reading', () => {
  it('of 200 connections that send without end delay a well-behaved one by about one slice', () => {
    const loop = new Loop()
    const busy = Array.from({ length: 200 }, () => loop.open())
    const quiet = loop.open()
    for (const peer of busy) peer.unread = 1_000_000
    // All come in the same turn: one has the slice, and all others wait.
    loop.poll()
    expect(busy.map(({ handedOn }) => handedOn).filter((count) => count > 0)).toEqual([5 / MESSAGE_MS + 4])
    loop.runNext()
    for (let messages = 1; messages <= 7; messages++) expect(quiet.timeFor(messages)).toBeLessThanOrEqual(2 * 5 + messages * MESSAGE_MS)
  })

  it('come one after the other: each of those who wait has as much', () => {
    const loop = new Loop()
    const busy = Array.from({ length: 50 }, () => loop.open())
    for (const peer of busy) peer.unread = 1_000_000
    for (let turn = 0; turn < 500; turn++) loop.turn()
    const counts = busy.map(({ handedOn }) => handedOn)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(32)
    expect(Math.min(...counts)).toBeGreaterThan(100)
  })

  it('let one with a burst wait no longer than the few messages of each other', () => {
    const loop = new Loop()
    const busy = Array.from({ length: 200 }, () => loop.open())
    for (const peer of busy) peer.unread = 1_000_000
    loop.turn()
    const round = 200 * 8 * MESSAGE_MS
    expect(loop.open().timeFor(16)).toBeLessThanOrEqual(round + 16 * MESSAGE_MS + 2 * 5)
  })

  it('take all of a slice where no other waits, and none of the clock before a few messages', () => {
    const loop = new Loop()
    const peer = loop.open()
    peer.timeFor(7)
    expect(loop.isIdle).toBe(true)
    peer.unread = 400
    loop.turn()
    expect(peer.handedOn - 7).toBeGreaterThan(5 / MESSAGE_MS)
    while (peer.handedOn < 407) loop.turn()
    expect(peer.turns).toBeLessThan(400 / (5 / MESSAGE_MS) + 2)
    loop.turn()
    loop.turn()
    expect(loop.isIdle).toBe(true)
  })

  it('are as long on a machine with other things to do: what counts then is the time for which the process had a processor', () => {
    const loop = new Loop()
    const busy = [loop.open(), loop.open(), loop.open()]
    for (const peer of busy) peer.unread = 1_000_000
    loop.slowness = 20
    for (let turn = 0; turn < 100; turn++) loop.turn()
    const all = busy.reduce((sum, { handedOn }) => sum + handedOn, 0)
    expect(all).toBeGreaterThanOrEqual((98 * 5) / MESSAGE_MS)
    expect(all).toBeLessThanOrEqual((100 * (5 + 3 * 8 * MESSAGE_MS)) / MESSAGE_MS)
  })

  it('let one whose messages are dear have only the first few before the others, and then one or two in a turn', () => {
    const loop = new Loop()
    const peer = loop.open()
    peer.messageMs = 10
    peer.unread = 100
    loop.poll()
    expect(peer.handedOn).toBeLessThanOrEqual(3)
    for (let turn = 0; turn < 10; turn++) {
      const before = peer.handedOn
      loop.turn()
      expect([1, 2]).toContain(peer.handedOn - before)
    }
  })

  it('stop one whose messages become dear after many cheap ones', () => {
    const loop = new Loop()
    const peer = loop.open()
    peer.messageMs = 0.01
    peer.timeFor(400)
    Object.assign(peer, { messageMs: 10, unread: 100 })
    const before = peer.handedOn
    loop.poll()
    expect(peer.handedOn - before).toBeLessThanOrEqual(2 * 4 + 1)
    for (let turn = 0; turn < 10; turn++) {
      const before = peer.handedOn
      loop.turn()
      expect([1, 2]).toContain(peer.handedOn - before)
    }
  })

  it('let many whose messages are dear have no more than the first few of each before the others', () => {
    const loop = new Loop()
    const busy = Array.from({ length: 20 }, () => loop.open())
    for (const peer of busy) Object.assign(peer, { messageMs: 10, unread: 100 })
    loop.poll()
    expect(busy.map(({ handedOn }) => handedOn).filter((count) => count > 0)).toEqual([1])
  })

  it('let first messages of many wait too when they are dear, owner after owner, also of those that were trusted before', () => {
    const loop = new Loop()
    const many = Array.from({ length: 100 }, () => loop.open())
    for (const peer of many) Object.assign(peer, { messageMs: 0.01 }).timeFor(400)
    for (const peer of many) Object.assign(peer, { messageMs: 4, unread: 1 })
    const other = loop.open()
    other.holder = 'other'
    other.unread = 1
    const begin = loop.clock.monotonic()
    loop.turn()
    expect(loop.clock.monotonic() - begin).toBeLessThan(2 + 2 * (5 + 4) + 4)
    expect(other.handedOn).toBe(1)
    for (let turn = 0; turn < 100; turn++) {
      const [begin, quiet] = [loop.clock.monotonic(), other.handedOn]
      other.unread = 1
      for (const peer of many) peer.unread ||= 1
      loop.turn()
      expect(loop.clock.monotonic() - begin).toBeLessThan(2 + 2 * (5 + 4) + 4)
      expect(other.handedOn - quiet).toBe(1)
    }
  })

  it('let one long message through in a turn, after what others have to read, which then have as much time as it took', () => {
    const loop = new Loop()
    const taken: string[] = []
    /** Its long message takes `longMs`, also where it comes in the same turn as others. */
    const openLong = (name: string, longMs: number): void => {
      const hand = (): void => {
        taken.push(name)
        loop.work(longMs)
        if (turn.isOver()) turn.wait()
      }
      const turn = new ReadTurn(loop.turns, {
        holder: name,
        goOn() {
          turn.begin()
          if (!taken.includes(name)) hand()
        },
      })
      turn.begin()
      if (turn.mayTake(LONG)) hand()
      else turn.wait(LONG)
    }
    for (const name of ['a', 'b', 'c']) openLong(name, 100)
    expect(taken).toEqual(['a'])
    const quiet = loop.open()
    for (let i = 0; i < 100; i++) expect(quiet.timeFor(1)).toBeLessThan(5)
    expect(taken).toEqual(['a'])
    expect([quiet.timeFor(400) < 205, taken]).toEqual([true, ['a', 'b']])
    quiet.timeFor(400)
    expect(taken).toEqual(['a', 'b', 'c'])
  })

  it('hand on short messages of many, however many long ones wait', () => {
    const loop = new Loop()
    for (let i = 0; i < 50; i++) new ReadTurn(loop.turns, { holder: '', goOn: () => loop.work(1) }).wait(LONG)
    const quiet = loop.open()
    expect(quiet.timeFor(40)).toBeLessThanOrEqual(2 * 5 + 40 * MESSAGE_MS)
  })

  it('come owner after owner, so that many connections of one have no more than the one of another', () => {
    const loop = new Loop()
    const flood = Array.from({ length: 200 }, () => loop.open())
    const other = loop.open()
    other.holder = 'other'
    for (const peer of [...flood, other]) peer.unread = 1_000_000
    for (let turn = 0; turn < 100; turn++) loop.turn()
    const flooded = flood.reduce((sum, { handedOn }) => sum + handedOn, 0)
    // Each connection has a few messages in each turn besides.
    expect(other.handedOn).toBeGreaterThan((100 * 5) / MESSAGE_MS / 4)
    expect(flooded).toBeGreaterThan(other.handedOn)
  })

  it('wait while new connections come in, some turns at most', () => {
    const loop = new Loop()
    const server = createServer()
    loop.turns.letIn.watch(server)
    const busy = [loop.open(), loop.open()]
    for (const peer of busy) peer.unread = 1_000_000
    loop.turn()
    const counts: number[] = []
    for (let turn = 0; turn < 40; turn++) {
      const before = busy[0]?.turns ?? 0
      server.emit('connection', undefined)
      loop.turn()
      counts.push((busy[0]?.turns ?? 0) - before)
    }
    expect(counts.filter((count) => count > 0).length).toBe(1)
  })

  it('come again in the same slice where few wait', () => {
    const loop = new Loop()
    const busy = [loop.open(), loop.open()]
    for (const peer of busy) peer.unread = 1_000_000
    for (let turn = 0; turn < 100; turn++) loop.turn()
    const counts = busy.map(({ handedOn }) => handedOn)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual((100 * 5) / MESSAGE_MS / 2)
  })

  it('do not come to one that has left', () => {
    const loop = new Loop()
    const [gone, other] = [0, 1].map(() => {
      let turns = 0
      const turn = new ReadTurn(loop.turns, { holder: '', goOn: () => void turns++ })
      turn.wait()
      return { turn, count: () => turns }
    })
    gone?.turn.leave()
    loop.turn()
    expect([gone?.count(), other?.count()]).toEqual([0, 1])
  })
})
