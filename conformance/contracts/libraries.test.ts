// Shows that each schema library does in a contract what the others do.

import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { check } from '../../packages/contract/src/check.ts'
import { payloadOf } from '../../packages/contract/src/payload.ts'
import { libraries } from './libraries.ts'

const checking = Object.entries(libraries).filter(([name]) => name !== 'plain')

describe.each(checking)('%s', (_, { spec }) => {
  const payload = payloadOf(spec)

  it('passes what is declared', () => {
    const kwargs = { id: 7, name: 'pear', at: { lat: 1.5 } }
    expect(check(payload, { args: [1], kwargs })).toEqual({ values: { args: [1], kwargs } })
  })

  it('lets optional values be left out, also before others', () => {
    expect(check(payload, { args: [], kwargs: { id: 7 } })).toEqual({ values: { args: [undefined], kwargs: { id: 7 } } })
    expect(check(payload, { args: [null], kwargs: { id: 7 } })).toEqual({ values: { args: [undefined], kwargs: { id: 7 } } })
  })

  it('names what is wrong by JSON Pointers', () => {
    const outcome = check(payload, { args: ['x'], kwargs: { id: 1.5, name: 'pear', at: { lat: 'north' } } })
    const paths = 'faults' in outcome ? (outcome.faults ?? []).map(({ path }) => path) : []
    // Libraries report an alternative of two types as one fault or as one for each.
    expect([...new Set(paths)].toSorted()).toEqual(['/args/0', '/kwargs/at/lat', '/kwargs/id'])
  })
})

describe('a plain type', () => {
  it('passes everything', () => {
    const payload = payloadOf(libraries.plain.spec)
    expect(check(payload, { args: ['x'], kwargs: { id: 'y' } })).toEqual({ values: { args: ['x'], kwargs: { id: 'y' } } })
  })
})

describe('a schema that transforms', () => {
  it('gives the receiver its output', async () => {
    const when = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (moment) => moment.toISOString() })
    const payload = payloadOf({ args: [when], kwargs: { limit: z.int().default(20) } })
    expect(check(payload, { args: ['2026-02-03T04:05:06Z'], kwargs: {} })).toEqual({
      values: { args: [new Date('2026-02-03T04:05:06Z')], kwargs: { limit: 20 } },
    })
    const slow = payloadOf({ args: [z.string().refine(async (text) => text !== 'taken')] })
    await expect(check(slow, { args: ['taken'], kwargs: {} })).resolves.toMatchObject({ faults: [{ path: '/args/0' }] })
  })
})
