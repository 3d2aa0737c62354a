// Shows that the log is bounded: long lines are cut, and too many about one session or address are only counted.

import { ManualClock, RecordingLog } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { BoundedLog, boundedAccess } from './bounded-log.ts'
import { Counters } from './core/index.ts'
import type { Visit } from './core/ports/index.ts'

let clock: ManualClock
let lines: RecordingLog
let counters: Counters
let log: BoundedLog
beforeEach(() => {
  clock = new ManualClock()
  lines = new RecordingLog()
  counters = new Counters()
  log = new BoundedLog(lines, clock, counters)
})

describe('an access log', () => {
  const visit = {
    realm: 'realm1',
    authid: 'joe',
    transport: 'websocket',
    peer: '192.0.2.1:1',
    address: '192.0.2.1',
    userAgent: undefined,
  } as const

  it('tells of refused clients of one address at a bounded rate and how many are missing, and of all who joined', () => {
    const told: Visit[] = []
    const access = boundedAccess((each) => void told.push(each), clock, counters)
    for (let i = 0; i < 1_000; i++) access({ ...visit, event: 'refused' })
    for (let i = 0; i < 1_000; i++) access({ ...visit, event: 'joined' })
    access({ ...visit, event: 'refused', peer: '192.0.2.2:1', address: '192.0.2.2' })
    clock.advance(1_000)
    access({ ...visit, event: 'refused' })
    expect(told.filter(({ event }) => event === 'joined')).toHaveLength(1_000)
    expect(told.filter(({ event }) => event === 'refused')).toHaveLength(102)
    expect([told.at(-1)?.suppressed, counters.logLinesDropped]).toEqual([900, 900])
  })
})

describe('lines of the log', () => {
  it('stay as they are when they are short', () => {
    log.warn('slow consumer', { session: 1, peer: '127.0.0.1:1', bytes: 7 })
    log.info('realm created on demand', { realm: 'shop' })
    expect(lines.lines).toEqual([
      { event: 'slow consumer', fields: { session: 1, peer: '127.0.0.1:1', bytes: 7 } },
      { event: 'realm created on demand', fields: { realm: 'shop' } },
    ])
  })

  it.each([
    ['a', 'x'.repeat(100_000)],
    ['characters of three octets', '€'.repeat(100_000)],
    ['characters that are escaped', '\u0001'.repeat(100_000)],
    ['a list', Array.from({ length: 10_000 }, (_, i) => i)],
  ])('are cut to 1 kB: %s', (_, text) => {
    log.warn('fault', { where: 'session', session: 1, error: text })
    const [line] = lines.lines
    expect(Buffer.byteLength(JSON.stringify({ event: line?.event, ...line?.fields }))).toBeLessThanOrEqual(1024)
    expect(line?.fields).toMatchObject({ where: 'session', session: 1, error: expect.stringMatching(/…$/) })
  })

  it('are cut to 1 kB also when a log escapes more than JSON does', () => {
    log.warn('origin refused', { peer: '127.0.0.1:1', origin: '\u009b\u007f'.repeat(100_000) })
    const text = JSON.stringify(lines.lines[0]).replaceAll(/[\u007f-\u009f]/g, String.raw`\u009b`)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024)
    expect(text).toContain('…')
  })

  it('about one session are at most ten at once and one a second later, and the next says how many are missing', () => {
    for (let i = 0; i < 1000; i++) log.warn('slow consumer', { session: 1, bytes: i })
    expect(lines.lines).toHaveLength(10)
    expect(counters.logLinesDropped).toBe(990)
    clock.advance(1000)
    for (let i = 0; i < 2; i++) log.warn('slow consumer', { session: 1, bytes: i })
    expect(lines.lines.slice(10)).toEqual([{ event: 'slow consumer', fields: { session: 1, bytes: 0, suppressed: 990 } }])
  })

  it('about one session take nothing from another', () => {
    for (let i = 0; i < 1000; i++) log.warn('slow consumer', { session: 1 })
    log.warn('slow consumer', { session: 2 })
    expect(lines.lines.at(-1)?.fields).toEqual({ session: 2 })
  })

  it('about the sessions of one address, opened anew each time, are bounded too', () => {
    for (let i = 0; i < 1000; i++) log.warn('protocol violation', { session: i, peer: `10.0.0.1:${i}` })
    log.warn('protocol violation', { session: 5000, peer: '10.0.0.2:1' })
    expect(lines.lines).toHaveLength(101)
    expect(lines.lines.at(-1)?.fields).toEqual({ session: 5000, peer: '10.0.0.2:1' })
  })

  it('of ever new sessions and addresses are bounded once there are very many', () => {
    for (let i = 0; i < 50_000; i++) log.warn('slow consumer', { session: i })
    expect(lines.lines.length).toBeLessThan(11_000)
    clock.advance(60_000)
    log.warn('slow consumer', { session: 100_000 })
    expect(lines.lines.at(-1)?.fields).toMatchObject({ session: 100_000 })
  })
})
