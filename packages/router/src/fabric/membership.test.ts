// Who belongs to the cluster, by what a node hears and when. hello.test.ts has the octets.

import { universalText } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'

import { createCounters } from './counters.ts'
import type { Hello, NodeState } from './hello.ts'
import { readHello, writeHello } from './hello.ts'
import type { Incident, Member, MembershipOwner, Self } from './membership-ports.ts'
import { Membership } from './membership.ts'

const DATE = 1_764_380_000_000

/** A node, what it announced, and what it reported. */
class Listener implements MembershipOwner {
  ms = 5_000
  readonly said: Hello[] = []
  readonly events: string[] = []
  readonly incidents: Incident[] = []
  readonly counters = createCounters()
  readonly membership: Membership
  readonly #boot: number

  constructor(self: Partial<Self> = {}) {
    this.#boot = self.boot ?? DATE
    this.membership = new Membership({
      bus: { node: 'me', announce: (octets) => this.said.push(readHello(octets, universalText) as Hello) },
      clock: { now: () => DATE + this.ms, monotonic: () => this.ms },
      text: universalText,
      owner: this,
      counters: this.counters,
      self: { version: 3, least: 2, boot: this.#boot, host: 'h', nameMs: 0, ...self },
    })
  }

  /** Reports since it was asked last. */
  take(): string[] {
    return this.events.splice(0)
  }

  hear(fields: Partial<Hello> = {}): void {
    const hello = {
      version: 3,
      least: 1,
      node: 'b',
      boot: DATE,
      time: DATE + this.ms,
      state: 'up' as NodeState,
      host: 'h',
    }
    this.membership.hear(writeHello({ ...hello, ...fields }, universalText))
  }

  /** Lets time pass as an alarm would: ticks when they are due. */
  pass(ms: number): void {
    const until = this.ms + ms
    while (this.membership.due <= until) {
      this.ms = Math.max(this.ms, this.membership.due)
      this.membership.tick()
    }
    this.ms = until
  }

  member(node = 'b'): Member | undefined {
    return this.membership.members.get(node)
  }

  onHeard({ hello, version }: Member): void {
    this.events.push(`heard ${hello.node} ${version ?? 'no'}`)
  }

  onRestarted({ hello }: Member): void {
    this.events.push(`restarted ${hello.node}`)
  }

  onState({ hello }: Member): void {
    this.events.push(`${hello.node} ${hello.state}`)
  }

  onForgotten(node: string): void {
    this.events.push(`forgotten ${node}`)
  }

  onNameTaken({ host }: Hello): void {
    this.events.push(`name taken at ${host}`)
  }

  onIncident(incident: Incident): void {
    this.incidents.push(incident)
  }
}

function started(self: Partial<Self> = {}): Listener {
  const listener = new Listener(self)
  listener.membership.start()
  listener.said.length = 0
  return listener
}

describe('a node says HELLO', () => {
  it('at its start, and then once a second, with its state', () => {
    const node = new Listener()
    expect(node.membership.due).toBe(Infinity)
    node.membership.tick()
    expect(node.said).toEqual([])
    node.membership.start()
    expect(node.said).toEqual([{ version: 3, least: 2, node: 'me', boot: DATE, time: DATE + 5_000, state: 'joining', host: 'h' }])
    node.pass(10_000)
    expect(node.said.map(({ time }) => time - DATE)).toEqual(Array.from({ length: 11 }, (_, i) => 5_000 + 1_000 * i))
    expect(node.counters.hellosSent).toBe(11)
  })

  it('at once when its state changes, and when the bus is back', () => {
    const node = started()
    node.pass(300)
    node.membership.setState('up')
    node.membership.setState('up')
    expect(node.said.map(({ state }) => state)).toEqual(['up'])
    node.pass(300)
    node.membership.sayHelloSoon()
    expect(node.said).toHaveLength(2)
  })

  it('at once when it hears of a new node, but at most once in 200 ms', () => {
    const node = started()
    node.pass(100)
    node.hear({ node: 'b' })
    node.hear({ node: 'c' })
    expect(node.said).toEqual([])
    node.pass(100)
    expect(node.said).toHaveLength(1)
    node.hear({ node: 'b' })
    node.pass(999)
    expect(node.said).toHaveLength(1)
    node.pass(1)
    expect(node.said).toHaveLength(2)
  })
})

describe('a node hears of another', () => {
  it('with each HELLO, and of its state when that changes', () => {
    const node = started()
    node.hear({ state: 'joining' })
    node.hear({ state: 'joining' })
    node.hear({ state: 'up' })
    node.hear({ state: 'draining' })
    expect(node.take()).toEqual(['b joining', 'heard b 3', 'heard b 3', 'b up', 'heard b 3', 'b draining', 'heard b 3'])
    expect(node.member()).toMatchObject({ isHeard: true, aheadMs: 0, version: 3, hello: { state: 'draining' } })
  })

  it('not before it has started', () => {
    const node = new Listener()
    node.hear()
    expect([node.take(), node.counters.hellosReceived]).toEqual([[], 0])
  })

  it('no more after 5 s of silence, and forgets it after 10 minutes', () => {
    const node = started()
    node.hear()
    node.take()
    node.pass(4_999)
    expect(node.member()?.isHeard).toBe(true)
    node.pass(1_000)
    expect(node.member()?.isHeard).toBe(false)
    node.pass(593_000)
    expect(node.take()).toEqual([])
    node.pass(2_000)
    expect([node.take(), node.member()]).toEqual([['forgotten b'], undefined])
  })

  it('of 256 at most; the one that was silent longest makes room', () => {
    const node = started()
    for (let i = 0; i < 256; i++) node.hear({ node: `n${i}` })
    node.take()
    node.hear({ node: 'more' })
    node.hear({ node: 'still-more' })
    expect([node.take(), node.incidents]).toEqual([[], [{ kind: 'crowd', node: 'more' }]])
    node.pass(3_000)
    for (let i = 0; i < 255; i++) node.hear({ node: `n${i === 7 ? 255 : i}` })
    node.pass(3_000)
    node.take()
    node.hear({ node: 'more' })
    expect(node.take()).toEqual(['forgotten n7', 'more up', 'heard more 3'])
  })
})

describe('the version between two nodes', () => {
  it.each([
    [3, 1, 3],
    [9, 3, 3],
    [2, 1, 2],
  ])('is the lower of the two newest: %i (from %i on) and 3 (from 2 on) speak %i', (version, least, common) => {
    const node = started()
    node.hear({ version, least })
    expect([node.take(), node.incidents]).toEqual([['b up', `heard b ${common}`], []])
  })

  it.each([
    [9, 4],
    [1, 1],
  ])('is none if one does not speak it any more: %i, from %i on', (version, least) => {
    const node = started()
    node.hear({ version, least })
    node.hear({ version, least })
    expect(node.take()).toEqual(['b up'])
    expect(node.member()?.version).toBeUndefined()
    expect(node.incidents).toEqual([{ kind: 'version', node: 'b', version, least }])
  })
})

describe('a process that restarts', () => {
  it('has the name of the one before once that was silent for 2 s', () => {
    const node = started()
    node.hear()
    node.take()
    node.pass(1_999)
    node.hear({ boot: DATE + 6_000, state: 'joining' })
    expect(node.take()).toEqual([])
    node.pass(1)
    node.hear({ boot: DATE + 6_000, state: 'joining' })
    expect(node.take()).toEqual(['restarted b', 'b joining', 'heard b 3'])
    node.hear({ boot: DATE })
    expect(node.take()).toEqual([])
  })

  it('has it at once when the one before is known to be gone', () => {
    const node = started()
    node.hear()
    node.take()
    node.membership.gone('b')
    node.membership.gone('unknown')
    expect(node.member()?.isHeard).toBe(false)
    node.hear({ boot: DATE + 6_000 })
    expect(node.take()).toEqual(['restarted b', 'b up', 'heard b 3'])
  })

  it('has it even if its clock was set back, once the other was silent for 5 s', () => {
    const node = started()
    node.hear()
    node.take()
    node.pass(4_999)
    node.hear({ boot: DATE - 6_000 })
    expect(node.take()).toEqual([])
    node.pass(1)
    node.hear({ boot: DATE - 6_000 })
    expect(node.take()).toEqual(['restarted b', 'b up', 'heard b 3'])
  })

  it('does not have it while the older one says HELLO: a name given twice does no harm', () => {
    const node = started()
    for (let i = 0; i < 10; i++) {
      node.hear()
      node.pass(500)
      node.hear({ boot: DATE + 6_000 })
      node.pass(500)
    }
    expect(node.take().filter((event) => event !== 'heard b 3')).toEqual(['b up'])
  })
})

describe('a name that another process has', () => {
  it('ends the younger one, which says and hears nothing more', () => {
    const node = started()
    node.hear({ node: 'me', boot: DATE - 1, host: 'h7' })
    node.hear({ node: 'me', boot: DATE - 1, host: 'h7' })
    node.hear()
    node.membership.setState('up')
    node.pass(5_000)
    expect([node.take(), node.said, node.membership.isNamed]).toEqual([['name taken at h7'], [], false])
  })

  it('stays with the older one, which says so at once', () => {
    const node = started()
    node.pass(500)
    node.hear({ node: 'me', boot: DATE + 1, host: 'h7' })
    expect([node.take(), node.said.length]).toEqual([[], 1])
    expect(node.incidents).toEqual([{ kind: 'name', node: 'me', host: 'h7' }])
  })

  it('is not its own, which comes back', () => {
    const node = started()
    node.hear({ node: 'me', boot: DATE })
    expect([node.take(), node.incidents]).toEqual([[], []])
  })

  it('is listened for before there are links', () => {
    const node = started({ nameMs: 2_000 })
    node.pass(1_999)
    node.hear()
    expect([node.membership.isNamed, node.take()]).toEqual([false, ['b up']])
    node.pass(1)
    expect([node.membership.isNamed, node.take()]).toEqual([true, ['heard b 3']])
  })
})

describe('an operator sees', () => {
  it('clocks that differ by more than 5 s, once a minute', () => {
    const node = started()
    const hear = (aheadMs: number): void => node.hear({ time: DATE + node.ms + aheadMs })
    hear(5_000)
    hear(-5_000)
    expect(node.incidents).toEqual([])
    hear(-5_001)
    node.pass(59_999)
    hear(7_000)
    expect(node.incidents).toEqual([{ kind: 'clock', node: 'b', aheadMs: -5_001 }])
    node.pass(1)
    hear(7_000)
    expect(node.incidents).toHaveLength(2)
    expect(node.member()?.aheadMs).toBe(7_000)
  })

  it('strangers and what is no HELLO, which are counted', () => {
    const node = started()
    for (let i = 0; i < 3; i++) {
      node.membership.hear(Uint8Array.of(1))
      node.membership.hear(new TextEncoder().encode('{"v":1,"mac":"0123456789abcdef"}'))
    }
    expect(node.incidents).toEqual([{ kind: 'malformed' }, { kind: 'stranger', node: undefined, host: undefined }])
    expect(node.counters).toMatchObject({ hellosReceived: 6, strangers: 3, hellosMalformed: 3 })
  })
})
