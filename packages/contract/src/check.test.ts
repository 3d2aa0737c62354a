import { describe, expect, it } from 'vitest'
import { after, check } from './check.ts'
import { payloadOf } from './payload.ts'
import type { Checked, Issue, Schema } from './schema.ts'
import { type } from './schema.ts'

function schema(validate: (value: unknown) => Checked<unknown> | Promise<Checked<unknown>>): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}
const issue = (message: string, path?: Issue['path']): { issues: Issue[] } => ({ issues: [{ message, path }] })
const text = schema((value) => (typeof value === 'string' ? { value } : issue('no text')))
const upper = schema((value) => (typeof value === 'string' ? { value: value.toUpperCase() } : issue('no text')))
const optional = schema((value) => (value === undefined || typeof value === 'string' ? { value: value ?? 'none' } : issue('no text')))
const slow = (inner: Schema): Schema => schema((value) => Promise.resolve(inner['~standard'].validate(value)))

describe('a payload', () => {
  it('reaches its receiver as the schemas transform it, without what is not declared', () => {
    const payload = payloadOf({ args: [upper], kwargs: { name: upper } })
    expect(check(payload, { args: ['a', 'more'], kwargs: { name: 'b', other: 1 } })).toEqual({
      values: { args: ['A'], kwargs: { name: 'B' } },
    })
  })

  it('is told where it is wrong by JSON Pointers', () => {
    const nested = schema(() => issue('wrong', ['a/b', { key: 'c~d' }, 0]))
    expect(check(payloadOf({ args: [text, nested], kwargs: { 'x/y': text } }), { args: [1], kwargs: {} })).toEqual({
      faults: [
        { path: '/args/0', message: 'no text' },
        { path: '/args/1/a~1b/c~0d/0', message: 'wrong' },
        { path: '/kwargs/x~1y', message: 'no text' },
      ],
    })
    expect(check(payloadOf({ kwargs: nested }), { args: [], kwargs: {} })).toMatchObject({ faults: [{ path: '/kwargs/a~1b/c~0d/0' }] })
  })

  it('may have null for a position that was left out before others, unless null is a value', () => {
    expect(check(payloadOf({ args: [optional, text] }), { args: [null, 'b'], kwargs: {} })).toEqual({
      values: { args: ['none', 'b'], kwargs: {} },
    })
    expect(check(payloadOf({ args: [type<null>()] }), { args: [null], kwargs: {} })).toMatchObject({ values: { args: [null] } })
    expect(check(payloadOf({ args: [text] }), { args: [null], kwargs: {} })).toMatchObject({ faults: [{ path: '/args/0' }] })
  })

  it('takes no keyword for what every object inherits', () => {
    const inherited = Object.create({ name: 'inherited' }) as Record<string, unknown>
    expect(check(payloadOf({ kwargs: { name: optional } }), { args: [], kwargs: inherited })).toMatchObject({
      values: { kwargs: { name: 'none' } },
    })
  })

  it('with a schema that takes its time is checked by a promise, alike', async () => {
    const payload = payloadOf({ args: [slow(optional), slow(upper)], kwargs: { name: slow(text) } })
    const right = check(payload, { args: [null, 'b'], kwargs: { name: 'c' } })
    expect(right).toBeInstanceOf(Promise)
    await expect(right).resolves.toEqual({ values: { args: ['none', 'B'], kwargs: { name: 'c' } } })
    await expect(check(payload, { args: [1], kwargs: {} })).resolves.toMatchObject({
      faults: [{ path: '/args/0' }, { path: '/args/1' }, { path: '/kwargs/name' }],
    })
  })

  it('of a stranger cannot make the answer long', () => {
    const chatty = schema(() => ({ issues: Array.from({ length: 1000 }, () => ({ message: 'x'.repeat(1000) })) }))
    const outcome = check(payloadOf({ args: [chatty] }), { args: [], kwargs: {} })
    expect('faults' in outcome && outcome.faults?.map(({ message }) => message.length)).toEqual(Array.from({ length: 20 }, () => 200))
  })
})

describe('after', () => {
  it('goes on at once, or when the promise is settled', async () => {
    expect(after(1, (value) => value + 1)).toBe(2)
    await expect(after(Promise.resolve(1), (value) => value + 1)).resolves.toBe(2)
  })
})
