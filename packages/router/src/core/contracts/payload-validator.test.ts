// Shows which checks their owner pays for.

import { createJsonSerializer, Payload } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../ports/contracts.ts'
import { payloadValidator } from './payload-validator.ts'

/** Told apart by no member: each alternative is tried at each level. */
const ALTERNATIVES = ['add', 'mul', 'sub', 'div'].map((op) => {
  return {
    type: 'object',
    properties: { name: { maxLength: 5_000 }, l: { $ref: '#/$defs/n' }, op: { pattern: `^${op}$` } },
    required: ['op'],
  }
})
const TREE = { $ref: '#/$defs/n', $defs: { n: { anyOf: ALTERNATIVES } } }

function checked(schema: JsonSchema, value: unknown): { message: string | undefined; paid: number[] } {
  const validate = payloadValidator({ args: [{ required: true, schema }] } as never, 'here')
  const paid: number[] = []
  const raw = new TextEncoder().encode(JSON.stringify([value]))
  const fault = validate(Payload.fromRaw(createJsonSerializer(), raw, 1), (check, _late, octets) => {
    paid.push(octets)
    return check({ run: (task) => task() })
  })
  return { message: fault?.message, paid }
}
const nested = (levels: number, of: unknown): unknown => {
  let value = of
  for (let i = 0; i < levels; i++) value = { l: value, op: 'none' }
  return value
}

describe('a declared payload', () => {
  it('is checked at ease where little is done for its length', () => {
    expect(checked(TREE, nested(9, { op: 'add', l: { op: 'div' } }))).toEqual({ message: 'fits none of the alternatives', paid: [] })
    expect(
      checked(
        { items: { type: 'number' } },
        Array.from({ length: 2_000 }, (_, i) => i),
      ),
    ).toEqual({ message: undefined, paid: [] })
  })

  it('is paid for by its owner where much is done, however short it is', () => {
    const many = { items: { anyOf: Array.from({ length: 40 }, (_, i) => ({ pattern: `^${i}$` })) } }
    const { message, paid } = checked(
      many,
      Array.from({ length: 100 }, () => '39'),
    )
    expect([message, paid.length]).toEqual([undefined, 1])
    expect(paid[0]).toBeLessThan(1_000)
  })

  it('is not as declared where more is done than any payload of its length may take', () => {
    const doubled = (name: string, inner: string): JsonSchema => ({
      allOf: [{ $ref: `#/$defs/${inner}` }, { $ref: `#/$defs/${inner}` }],
      title: name,
    })
    const names = Array.from({ length: 25 }, (_, i) => `n${i}`)
    const $defs = Object.fromEntries(names.map((name, i) => [name, i === 0 ? { type: 'string' } : doubled(name, names[i - 1] ?? '')]))
    expect(checked({ $ref: '#/$defs/n24', $defs }, 'x')).toEqual({ message: 'has too many parts to be checked', paid: [5] })
  })
})
