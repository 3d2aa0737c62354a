// Shows which trace contexts are passed on: those of the standard, at most as long as it says.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { isSampled, spanOf, traceContextFrom, traceContextOf, traceIdOf } from './trace-context.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const IDS = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'
const PARENT = `00-${IDS}-01`
const read = (parent: unknown, state?: unknown): unknown => traceContextOf({ _traceparent: parent, _tracestate: state, other: 1 })

it('reads the parent, with the state of other systems', () => {
  expect(read(PARENT)).toEqual({ _traceparent: PARENT })
  expect(read(PARENT, 'congo=t61rcWkgMzE,rojo=1')).toEqual({ _traceparent: PARENT, _tracestate: 'congo=t61rcWkgMzE,rojo=1' })
  const context = traceContextOf({ _traceparent: PARENT })
  expect(context && [traceIdOf(context), isSampled(context)]).toEqual(['0af7651916cd43dd8448eb211c80319c', true])
  const flags = ['00', '02', '03', 'ff'].map((each) => traceContextOf({ _traceparent: `00-${IDS}-${each}` }))
  expect(flags.map((each) => each && isSampled(each))).toEqual([false, false, true, true])
})

it.each([
  ['nothing', undefined],
  ['no text', 7],
  ['an empty text', ''],
  ['a short one', PARENT.slice(1)],
  ['a long one of version 00', `${PARENT}-01`],
  ['version ff', `ff-${IDS}-01`],
  ['capitals', PARENT.toUpperCase()],
  ['no trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['no span', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
  ['other separators', PARENT.replaceAll('-', '_')],
  ['a later version that goes on without a separator', `01-${IDS}-01x`],
  ['a line feed', `${PARENT}\n`],
  ['very much', PARENT.repeat(100_000)],
])('ignores a parent that is not valid, and then its state: %s', (_, parent) => {
  expect(read(parent, 'a=1')).toBe(undefined)
})

it('reads what it knows of a later version, and passes it on as its own', () => {
  expect(read(`01-${IDS}-01`)).toEqual({ _traceparent: PARENT })
  expect(read(`cc-${IDS}-01-what-comes-later`)).toEqual({ _traceparent: PARENT })
})

it('keeps whole entries of a state that is too long, and no state that no header could hold', () => {
  const entries = Array.from({ length: 40 }, (_, i) => `k${i}=${'x'.repeat(60)}`)
  const { _tracestate: state } = read(PARENT, entries.join(',')) as { _tracestate: string }
  expect(state).toBe(entries.slice(0, 8).join(','))
  expect(read(PARENT, entries.map((each) => each.slice(0, 5)).join(','))).toEqual({
    _traceparent: PARENT,
    _tracestate: entries
      .slice(0, 32)
      .map((each) => each.slice(0, 5))
      .join(','),
  })
  for (const none of ['', 7, 'a=é', 'a=1\n', 'x'.repeat(600)]) expect(read(PARENT, none)).toEqual({ _traceparent: PARENT })
})

it.each([
  ['a state', PARENT, 'a=0123456789abcdef,b='],
  ['a parent of a later version', `01-${IDS}-01-`, ''],
])('keeps nothing in memory of the rest of a long text: %s', (_, parent, state) => {
  // Kept by a retained event, it would be there for long.
  const kept: unknown[] = []
  const rest = (i: number): string => JSON.parse(`"${'x'.repeat(1_000_000)}${i}"`) as string
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 30; i++)
    kept.push(state === '' ? read(JSON.parse(`"${parent}${rest(i)}"`)) : read(parent, JSON.parse(`"${state}${rest(i)}"`)))
  collectGarbage()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
  expect(kept.every((each) => each !== undefined)).toBe(true)
})

it('is the same after it was read as a span', () => {
  const context = traceContextOf({ _traceparent: PARENT, _tracestate: 'a=1' })
  expect(context && traceContextFrom(spanOf(context), 'a=1')).toEqual(context)
  expect(context && spanOf(context)).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  })
  expect(traceContextFrom({ traceId: '0'.repeat(32), spanId: 'b7ad6b7169203331', traceFlags: 0 }, undefined)).toBe(undefined)
})
