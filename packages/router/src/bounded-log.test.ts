// Shows that the log is bounded: long lines are cut, and too many about one session or address are only counted.

import { ManualClock, RecordingLog } from '@trunkline/testing/ports'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { BoundedLog } from './bounded-log.ts'
import { Counters } from './core/index.ts'
import type { LogArea, LogLevel } from './core/ports/index.ts'

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

describe('lines of the log', () => {
  it('stay as they are when they are short', () => {
    log.warn('slow consumer', { area: 'sessions', session: 1, peer: '127.0.0.1:1', bytes: 7 })
    log.info('realm created on demand', { area: 'sessions', realm: 'shop' })
    expect(lines.lines).toEqual([
      { event: 'slow consumer', fields: { area: 'sessions', session: 1, peer: '127.0.0.1:1', bytes: 7 } },
      { event: 'realm created on demand', fields: { area: 'sessions', realm: 'shop' } },
    ])
  })

  it.each([
    ['a', 'x'.repeat(100_000)],
    ['characters of three octets', '€'.repeat(100_000)],
    ['characters that are escaped', '\u0001'.repeat(100_000)],
    ['a list', Array.from({ length: 10_000 }, (_, i) => i)],
  ])('are cut to 1 kB: %s', (_, text) => {
    log.warn('fault', { area: 'sessions', where: 'session', session: 1, error: text })
    const [line] = lines.lines
    expect(Buffer.byteLength(JSON.stringify({ event: line?.event, ...line?.fields }))).toBeLessThanOrEqual(1024)
    expect(line?.fields).toMatchObject({ where: 'session', session: 1, error: expect.stringMatching(/…$/) })
  })

  it('are cut to 1 kB also when a log escapes more than JSON does', () => {
    log.warn('origin refused', { area: 'sessions', peer: '127.0.0.1:1', origin: '\u009b\u007f'.repeat(100_000) })
    const text = JSON.stringify(lines.lines[0]).replaceAll(/[\u007f-\u009f]/g, String.raw`\u009b`)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024)
    expect(text).toContain('…')
  })

  it('are cut without looking at the end of a long text again and again', () => {
    const stringify = vi.spyOn(JSON, 'stringify')
    log.warn('login refused', { area: 'sessions', peer: '127.0.0.1:1', authid: '\u202e'.repeat(100_000) })
    const looked = stringify.mock.calls.map(([value]) => String(value).length)
    stringify.mockRestore()
    expect(Math.max(...looked)).toBeLessThan(1_000)
  })

  it('that name nobody are bounded by what they tell, since any peer may cause them', () => {
    for (let i = 0; i < 1_000; i++) log.warn('authenticator failed', { area: 'sessions', realm: 'realm1', procedure: 'com.login' })
    log.warn('fault', { area: 'sessions', where: 'task' })
    expect([lines.lines.length, lines.lines.at(-1)?.event]).toEqual([101, 'fault'])
    clock.advance(1_000)
    log.warn('authenticator failed', { area: 'sessions', realm: 'realm1' })
    expect(lines.lines.at(-1)?.fields).toEqual({ area: 'sessions', realm: 'realm1', suppressed: 900 })
  })

  it('about one session are at most ten at once and one a second later, and the next says how many are missing', () => {
    for (let i = 0; i < 1000; i++) log.warn('slow consumer', { area: 'sessions', session: 1, bytes: i })
    expect(lines.lines).toHaveLength(10)
    expect(counters.logLinesDropped).toBe(990)
    clock.advance(1000)
    for (let i = 0; i < 2; i++) log.warn('slow consumer', { area: 'sessions', session: 1, bytes: i })
    expect(lines.lines.slice(10)).toEqual([{ event: 'slow consumer', fields: { area: 'sessions', session: 1, bytes: 0, suppressed: 990 } }])
  })

  it('about one session take nothing from another', () => {
    for (let i = 0; i < 1000; i++) log.warn('slow consumer', { area: 'sessions', session: 1 })
    log.warn('slow consumer', { area: 'sessions', session: 2 })
    expect(lines.lines.at(-1)?.fields).toEqual({ area: 'sessions', session: 2 })
  })

  it('about the sessions of one address, opened anew each time, are bounded too', () => {
    for (let i = 0; i < 1000; i++) log.warn('protocol violation', { area: 'sessions', session: i, peer: `10.0.0.1:${i}` })
    log.warn('protocol violation', { area: 'sessions', session: 5000, peer: '10.0.0.2:1' })
    expect(lines.lines).toHaveLength(101)
    expect(lines.lines.at(-1)?.fields).toEqual({ area: 'sessions', session: 5000, peer: '10.0.0.2:1' })
  })

  it('about the addresses of one IPv6 network are bounded like those about one address', () => {
    for (let i = 0; i < 1_000; i++) log.warn('login refused', { area: 'sessions', peer: `[2001:db8::${i}]:1`, address: `2001:db8::${i}` })
    expect(lines.lines).toHaveLength(100)
  })

  it('about the networks of one IPv6 site are bounded like those about ten addresses, and take nothing from those about others', () => {
    const refused = (address: string): void => log.warn('login refused', { area: 'sessions', peer: `[${address}]:1`, address })
    for (let i = 0; i < 5_000; i++) refused(`2001:db8:7:${i.toString(16)}::1`)
    expect(lines.lines).toHaveLength(1_000)
    clock.advance(1_000)
    for (let i = 0; i < 5_000; i++) refused(`2001:db8:7:${i.toString(16)}::1`)
    expect(lines.lines).toHaveLength(1_100)
    refused('2001:db8:8::1')
    refused('::ffff:10.0.0.1')
    expect(lines.lines).toHaveLength(1_102)
  })

  it('of ever new sessions and addresses are bounded once there are very many', () => {
    for (let i = 0; i < 50_000; i++) log.warn('slow consumer', { area: 'sessions', session: i })
    expect(lines.lines.length).toBeLessThan(11_000)
    clock.advance(60_000)
    log.warn('slow consumer', { area: 'sessions', session: 100_000 })
    expect(lines.lines.at(-1)?.fields).toMatchObject({ session: 100_000 })
  })

  it('that are not wanted take nothing from the rate of those that are', () => {
    const least = { error: 3, warn: 2, info: 1, debug: 0 }
    const sink = Object.assign(lines, { isLogged: (level: LogLevel, area: LogArea) => least[level] >= (area === 'rights' ? 0 : 2) })
    log = new BoundedLog(sink, clock, counters)
    for (let i = 0; i < 1_000; i++) log.info('session joined', { area: 'sessions', session: 1 })
    for (let i = 0; i < 5; i++) log.error('fault', { area: 'router', session: 1, i })
    expect([lines.lines.length, counters.logLinesDropped]).toEqual([5, 0])
    expect([log.isLogged('info', 'sessions'), log.isLogged('debug', 'rights')]).toEqual([false, true])
  })
})
