// Shows how readings of a router become rates.

import { expect, it } from 'vitest'
import type { StatusReading } from './samples.ts'
import { MOST_SAMPLES, Samples } from './samples.ts'

function reading(callsRouted: number, changes: Partial<StatusReading> = {}): StatusReading {
  return {
    pid: 1,
    since: '2026-01-01T00:00:00Z',
    sessions: 3,
    queued_bytes: 0,
    cpu_seconds: callsRouted / 100,
    event_loop_delay_ms: { mean: 0.5, p99: 2 },
    memory: { rss: 100, heap_used: 50 },
    traffic: { messages_in: callsRouted * 2, messages_out: 0 },
    counters: { callsRouted },
    ...changes,
  }
}

it('counters become rates by the time that has passed', () => {
  const samples = new Samples()
  samples.add(reading(10), 1_000)
  samples.add(reading(30), 3_000)
  expect(samples.times).toEqual([1, 3])
  expect(samples.values('calls')).toEqual([null, 10])
  expect(samples.values('messagesIn')).toEqual([null, 20])
  expect(samples.latest('cpuPercent')).toBeCloseTo(10)
  expect([samples.latest('sessions'), samples.latest('publications')]).toEqual([3, 0])
})

it('a router that was started again has no rate at first', () => {
  const samples = new Samples()
  samples.add(reading(10), 1_000)
  samples.add(reading(2, { pid: 2 }), 2_000)
  samples.add(reading(5, { pid: 2 }), 3_000)
  expect(samples.values('calls')).toEqual([null, null, 3])
})

it('only the last minutes are kept', () => {
  const samples = new Samples()
  for (let i = 0; i < MOST_SAMPLES + 10; i++) samples.add(reading(i), i * 1_000)
  expect(samples.times.length).toBe(MOST_SAMPLES)
  expect(samples.values('calls').length).toBe(MOST_SAMPLES)
  expect(samples.times[0]).toBe(10)
})
