// The states of a link: how it comes up, and what takes it down. exchange-sending.test.ts, exchange-taking-in.test.ts and
// settling.test.ts have what it does in between.

import { describe, expect, it } from 'vitest'

import { carry, linked } from '../testing/link-pair.ts'
import { framed, headOf, LinkClock, LinkEnd, packetOf, u32 } from '../testing/link-ends.ts'
import { ACK, CLOSE, DATA, FIRST, LAST, OPEN, OPENED, PART } from './packet.ts'

/** A link that is up, and what the other node has to write on its packets. */
function linkUp(): { clock: LinkClock; end: LinkEnd; lives: { source: number; destination: number } } {
  const clock = new LinkClock()
  const end = new LinkEnd(clock)
  end.receive(packetOf({ kind: OPEN, source: 7 }))
  const [opened] = end.takeHeads()
  const lives = { source: 7, destination: opened?.source ?? 0 }
  end.receive(packetOf({ kind: OPENED, ...lives }))
  expect(end.take()).toEqual(['up'])
  // The other node learns of it at once.
  expect(end.takeHeads()).toMatchObject([{ kind: ACK, source: lives.destination, destination: 7 }])
  return { clock, end, lives }
}

describe('a link that is down', () => {
  it('says OPEN at a HELLO and then every 250 ms, for 5 s', () => {
    const clock = new LinkClock()
    const end = new LinkEnd(clock)
    end.tick()
    expect(end.sent).toEqual([])
    end.link.hello()
    expect(end.takeHeads()).toMatchObject([{ kind: OPEN, destination: 0 }])
    expect(end.link.due).toBe(clock.ms + 250)
    for (let ms = 0; ms < 10_000; ms += 50) {
      clock.ms += 50
      end.tick()
    }
    expect(end.sent).toHaveLength(19)
    expect(end.take()).toEqual([])
  })

  it('answers OPEN, and keeps its life, for nothing was sent in it', () => {
    const end = new LinkEnd(new LinkClock())
    end.receive(packetOf({ kind: OPEN, source: 7 }))
    end.receive(packetOf({ kind: OPEN, source: 9 }))
    const [first, second] = end.takeHeads()
    expect(first).toMatchObject({ kind: OPENED, destination: 7 })
    expect(second).toMatchObject({ kind: OPENED, destination: 9, source: first?.source })
    expect(end.link.isUp).toBe(false)
    end.receive(packetOf({ kind: ACK, source: 7, destination: first?.source ?? 0 }))
    expect(end.link.isUp).toBe(false)
  })

  it('is up by OPENED to its own life, and by no other', () => {
    const end = new LinkEnd(new LinkClock())
    end.link.hello()
    const [open] = end.takeHeads()
    end.receive(packetOf({ kind: OPENED, source: 7, destination: 1 }))
    end.receive(packetOf({ kind: OPENED, source: 0, destination: open?.source ?? 0 }))
    expect(end.take()).toEqual([])
    end.receive(packetOf({ kind: OPENED, source: 7, destination: open?.source ?? 0 }))
    expect(end.take()).toEqual(['up'])
  })

  it.each([
    ['DATA', DATA],
    ['ACK', ACK],
  ])('is up by %s of the life that it answered', (_, kind) => {
    const end = new LinkEnd(new LinkClock())
    end.receive(packetOf({ kind: OPEN, source: 7 }))
    const destination = end.takeHeads()[0]?.source ?? 0
    end.receive(packetOf({ kind, source: 7, destination, seq: kind === DATA ? 1 : 0 }, ...(kind === DATA ? [framed('hi')] : [])))
    expect(end.take()).toEqual(kind === DATA ? ['up', 'hi'] : ['up'])
  })

  it('takes no frame, and settles at once', () => {
    const end = new LinkEnd(new LinkClock())
    let isSettled = false
    end.link.settle(() => (isSettled = true))
    expect([end.link.send(framed('hi')), isSettled]).toEqual([false, true])
  })
})

describe('a link that is up', () => {
  it('answers the OPEN of the same life again, and ignores one of an earlier life', () => {
    const { end, lives } = linkUp()
    end.receive(packetOf({ kind: OPEN, source: 7 }))
    end.receive(packetOf({ kind: OPEN, source: 6 }))
    end.receive(packetOf({ kind: OPEN, source: 0xffff_fff0 }))
    expect(end.takeHeads()).toMatchObject([{ kind: OPENED, destination: 7, source: lives.destination }])
    expect(end.take()).toEqual([])
  })

  it('is lost by the OPEN of a later life, and begins a later life itself', () => {
    const { end, lives } = linkUp()
    end.receive(packetOf({ kind: OPEN, source: 8 }))
    const [opened] = end.takeHeads()
    expect(end.take()).toEqual(['down lost'])
    expect(opened).toMatchObject({ kind: OPENED, destination: 8 })
    expect(opened?.source).toBeGreaterThan(lives.destination)
    end.receive(packetOf({ kind: ACK, source: 8, destination: opened?.source ?? 0 }))
    expect(end.take()).toEqual(['up'])
  })

  it.each(Object.entries({ OPENED, DATA, ACK, CLOSE }))('ignores %s of another life, of either node', (_, kind) => {
    const { end, lives } = linkUp()
    end.receive(packetOf({ kind, ...lives, source: 8, seq: 1 }, framed('hi')))
    end.receive(packetOf({ kind, ...lives, destination: lives.destination + 1, seq: 1 }, framed('hi')))
    expect(end.take()).toEqual([])
    expect(end.counters.packetsDropped).toBe(2)
  })

  it('goes down when the other node leaves, and says OPEN only after its next HELLO', () => {
    const { clock, end, lives } = linkUp()
    end.link.hello()
    end.receive(packetOf({ kind: CLOSE, ...lives }))
    expect(end.take()).toEqual(['down left'])
    clock.ms += 300
    end.tick()
    expect(end.takeHeads()).toEqual([])
    end.link.hello()
    expect(end.takeHeads()).toMatchObject([{ kind: OPEN }])
    expect(end.counters.linksLost).toBe(0)
  })

  it('says CLOSE three times, and opens no more', () => {
    const { clock, end, lives } = linkUp()
    end.link.close()
    end.link.close()
    expect(end.takeHeads()).toMatchObject(Array.from({ length: 3 }, () => ({ kind: CLOSE, source: lives.destination, destination: 7 })))
    expect(end.take()).toEqual(['down closed'])
    clock.ms += 300
    end.link.hello()
    end.tick()
    end.receive(packetOf({ kind: OPEN, source: 9 }))
    expect([end.sent, end.link.due, end.link.isUp]).toEqual([[], Infinity, false])
  })

  it('is lost after 5 s without a packet; HELLOs and packets of other lives do not count', () => {
    const { clock, end, lives } = linkUp()
    for (let i = 0; i < 9; i++) {
      clock.ms += 500
      end.link.hello()
      end.receive(packetOf({ kind: ACK, ...lives, source: 6 }))
      end.tick()
    }
    clock.ms += 499
    end.tick()
    expect(end.take()).toEqual([])
    clock.ms++
    end.tick()
    expect(end.take()).toEqual(['down lost'])
    expect(end.counters.linksLost).toBe(1)
  })

  it('stays when the process is gone that the other node had before: it is with its successor already', () => {
    const { clock, a, b } = linked()
    b.link.gone(clock.ms - 300)
    expect([b.link.isUp, b.take()]).toEqual([true, []])
    clock.ms += 1_000
    b.link.gone(clock.ms)
    expect(b.take()).toEqual(['down lost'])
    carry(b, a)
  })

  it('is lost when the process of the other node is gone', () => {
    const { end } = linkUp()
    end.link.gone()
    end.link.gone()
    expect(end.take()).toEqual(['down lost'])
  })

  it('gives what is to be read 2 s after this process stood still, once in a silence', () => {
    const { clock, end } = linkUp()
    const tickAfter = (ms: number): void => {
      clock.ms += ms
      end.tick()
    }
    tickAfter(6_000)
    tickAfter(1_900)
    expect(end.take()).toEqual([])
    tickAfter(100)
    expect(end.take()).toEqual(['down lost'])
  })

  it('gives no second grace to one silence, and a new one to the next', () => {
    const { clock, end, lives } = linkUp()
    clock.ms += 6_000
    end.tick()
    end.receive(packetOf({ kind: ACK, ...lives }))
    clock.ms += 5_500
    end.tick()
    expect(end.take()).toEqual([])
    clock.ms += 3_000
    end.tick()
    expect(end.take()).toEqual(['down lost'])
  })

  it('may be closed by its owner in the midst of a packet', () => {
    const { end, lives } = linkUp()
    end.onTaken = () => end.link.close()
    end.receive(packetOf({ kind: DATA, ...lives, seq: 1 }, framed('one'), framed('two')))
    expect(end.take()).toEqual(['down closed', 'one'])
  })
})

describe('a fault of the protocol', () => {
  it.each<[string, Partial<Parameters<typeof packetOf>[0]>, ...Uint8Array[]]>([
    ['an acknowledgement of what was not sent', { kind: ACK, ack: 1 }],
    ['a number that no window reaches', { kind: DATA, seq: 2_000_000 }, framed('x')],
    ['DATA without frames', { kind: DATA, seq: 1 }],
    ['a frame without octets', { kind: DATA, seq: 1 }, u32(0), framed('x')],
    ['an empty frame at the end', { kind: DATA, seq: 1 }, u32(0)],
    ['half a length', { kind: DATA, seq: 1 }, new Uint8Array(3)],
    ['a frame that is longer than its packet', { kind: DATA, seq: 1 }, u32(9), Buffer.from('12345678')],
    ['a frame of 4 GiB', { kind: DATA, seq: 1 }, u32(0xffff_ffff), Buffer.from('1')],
    ['a piece without a first one', { kind: PART, seq: 1 }, Buffer.from('123')],
    ['a first piece without a length', { kind: PART, seq: 1, flags: FIRST }],
    ['a first piece of nothing', { kind: PART, seq: 1, flags: FIRST }, u32(100)],
    ['pieces of 4 GiB', { kind: PART, seq: 1, flags: FIRST }, u32(0xffff_ffff), Buffer.from('1')],
    ['more pieces than were announced', { kind: PART, seq: 1, flags: FIRST }, u32(3), Buffer.from('1234')],
    ['pieces that are whole before the last', { kind: PART, seq: 1, flags: FIRST }, u32(4), Buffer.from('1234')],
    ['a last piece that comes too early', { kind: PART, seq: 1, flags: FIRST | LAST }, u32(5), Buffer.from('1234')],
  ])('is %s', (_, head, ...parts) => {
    const { end, lives } = linkUp()
    end.receive(packetOf({ ...lives, ...head }, ...parts))
    expect(end.take()).toEqual(['down protocol'])
  })

  it.each<[string, Partial<Parameters<typeof packetOf>[0]>, Uint8Array]>([
    ['DATA between the pieces of a frame', { kind: DATA }, framed('x')],
    ['a second first piece', { kind: PART, flags: FIRST }, Buffer.concat([u32(9), Buffer.from('1')])],
    ['a further piece without octets', { kind: PART }, new Uint8Array(0)],
  ])('is %s', (_, head, part) => {
    const { end, lives } = linkUp()
    end.receive(packetOf({ kind: PART, ...lives, seq: 1, flags: FIRST }, u32(9), Buffer.from('123')))
    expect(end.take()).toEqual([])
    end.receive(packetOf({ ...lives, ...head, seq: 2 }, part))
    expect(end.take()).toEqual(['down protocol'])
  })

  it('is what the owner cannot read; it gets nothing more of that packet', () => {
    const { end, lives } = linkUp()
    end.onTaken = () => end.link.fault()
    end.receive(packetOf({ kind: DATA, ...lives, seq: 1 }, framed('one'), framed('two')))
    expect(end.take()).toEqual(['one', 'down protocol'])
  })

  it('keeps the link down for 5 s', () => {
    const { clock, end, lives } = linkUp()
    end.receive(packetOf({ kind: ACK, ...lives, ack: 1 }))
    end.takeHeads()
    clock.ms += 4_999
    end.link.hello()
    end.tick()
    end.receive(packetOf({ kind: OPEN, source: 9 }))
    expect(end.takeHeads()).toEqual([])
    expect(end.link.due).toBe(clock.ms + 1)
    clock.ms++
    end.tick()
    end.receive(packetOf({ kind: OPEN, source: 9 }))
    expect(end.takeHeads()).toMatchObject([{ kind: OPEN }, { kind: OPENED }])
  })

  it('is not what is no packet: that is dropped', () => {
    const { end, lives } = linkUp()
    const good = packetOf({ kind: ACK, ...lives })
    const changed = (at: number, octet: number): Uint8Array => Uint8Array.from(good, (each, i) => (i === at ? octet : each))
    const strange = [
      new Uint8Array(0),
      good.subarray(0, 31),
      changed(0, 0x55),
      changed(1, 2),
      changed(2, 9),
      changed(16, 1),
      changed(24, 1),
    ]
    for (const packet of strange) end.receive(packet)
    expect([end.take(), end.sent, end.counters.packetsDropped]).toEqual([[], [], strange.length])
  })
})

describe('the head of a packet', () => {
  it('holds numbers of 32 bits and of 53', () => {
    const head = { kind: ACK, flags: 3, source: 0xffff_fffe, destination: 0x8000_0001, behind: 5, seq: 2 ** 53 - 1, ack: 2 ** 40 + 9 }
    expect(headOf(packetOf(head))).toEqual(head)
  })
})

describe('a link whose node begins anew again and again', () => {
  /** The node begins another life and is linked, if it may. @returns whether it is */
  function begin(end: LinkEnd, source: number): boolean {
    end.receive(packetOf({ kind: OPEN, source }))
    const opened = end.takeHeads().find(({ kind }) => kind === OPENED)
    if (opened === undefined) return false
    end.receive(packetOf({ kind: OPENED, source, destination: opened.source }))
    end.takeHeads()
    return end.take().includes('up')
  }

  it('comes up at once when it goes down five times in a row, and then rests twice as long each time, which is counted', () => {
    const clock = new LinkClock()
    const end = new LinkEnd(clock)
    let [source, ups] = [1, 0]
    const rests: number[] = []
    for (let since = clock.ms; rests.length < 10; clock.ms += 100) {
      if (begin(end, ++source)) {
        if (++ups > 6) rests.push(Math.round((clock.ms - since) / 500) / 2)
        since = clock.ms
      }
      end.tick()
    }
    expect(ups).toBe(16)
    expect(rests).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30])
    expect(end.counters.linksPutOff).toBeGreaterThan(100)
  })

  it('comes up at once again after it was up for 10 s', () => {
    const clock = new LinkClock()
    const end = new LinkEnd(clock)
    let source = 1
    for (let i = 0; i < 5; i++) expect(begin(end, ++source)).toBe(true)
    for (let ms = 0; ms < 10_000; ms += 1_000) {
      clock.ms += 1_000
      end.receive(packetOf({ kind: OPEN, source }))
      end.tick()
    }
    end.takeHeads()
    for (let i = 0; i < 6; i++) expect(begin(end, ++source)).toBe(true)
    expect(end.counters.linksPutOff).toBe(0)
  })
})

describe('CLOSE', () => {
  it('says what was taken in: all that was sent later has not arrived, for certain', () => {
    const { end, lives } = linkUp()
    for (const frame of ['one', 'two', 'three']) {
      end.say(frame)
      end.endTurn()
    }
    const [first] = end.takeHeads()
    end.receive(packetOf({ kind: CLOSE, ...lives, ack: first?.seq ?? 0 }))
    expect([end.take(), end.undelivered]).toEqual([['down left'], ['two', 'three']])
  })

  it('counts a packet that is being taken in, as some of its frames were', () => {
    const { end, lives } = linkUp()
    end.onTaken = () => end.link.close()
    end.receive(packetOf({ kind: DATA, ...lives, seq: 1 }, framed('one'), framed('two')))
    expect(end.takeHeads()).toMatchObject([CLOSE, CLOSE, CLOSE].map((kind) => ({ kind, ack: 1 })))
  })

  it('leaves long frames whole', () => {
    const { end, lives } = linkUp()
    const long = 'x'.repeat(600 << 10)
    end.say(long, 'short')
    end.endTurn()
    end.receive(packetOf({ kind: CLOSE, ...lives }))
    expect(end.undelivered.map((frame) => frame.length)).toEqual([long.length, 5])
  })
})
