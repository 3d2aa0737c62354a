// Shows which fields a description gives, and what is sent of them.

import { expect, it } from 'vitest'
import { payloadOf, readDescription } from './described.ts'

const KICK = {
  doc: 'Ends sessions.',
  call: {
    args: [{ name: 'level', required: true, schema: { enum: ['info', 'off'] } }],
    kwargs: {
      type: 'object',
      properties: {
        realm: { type: 'string', description: 'absent: all' },
        session: { type: 'integer' },
        dry: { type: 'boolean' },
        filter: {},
      },
      required: ['realm'],
    },
  },
}

it('a contract gives a field for each argument', () => {
  const described = readDescription(KICK)
  expect(described?.about).toBe('Ends sessions.')
  expect(described?.fields.map(({ position, name, kind, isRequired, about }) => [position, name, kind, isRequired, about])).toEqual([
    [0, 'level', 'choice', true, ''],
    [undefined, 'realm', 'text', true, 'absent: all'],
    [undefined, 'session', 'number', false, ''],
    [undefined, 'dry', 'flag', false, ''],
    [undefined, 'filter', 'json', false, ''],
  ])
  expect(described?.fields[0]?.choices).toEqual(['"info"', '"off"'])
})

it('the fields become JSON; what is empty is left out', () => {
  const fields = readDescription(KICK)?.fields ?? []
  const typed = { level: '"off"', realm: '5', session: '7', filter: '[1]' }
  const { args, kwargs } = payloadOf(fields, typed)
  expect([JSON.parse(args), JSON.parse(kwargs)]).toEqual([['off'], { realm: '5', session: 7, filter: [1] }])
  expect(payloadOf(fields, {})).toEqual({ args: '', kwargs: '{\n  "realm": ""\n}' })
})

it('an argument that is left out before another is null', () => {
  const fields = readDescription({ args: [{ type: 'number' }, { type: 'string', title: 'unit' }] })?.fields ?? []
  expect(fields.map(({ name }) => name)).toEqual(['argument 1', 'unit'])
  expect(payloadOf(fields, { unit: 's' }).args).toBe('[null,"s"]')
})

it('a description of anything else has no fields', () => {
  expect(readDescription(undefined)).toBeUndefined()
  expect(readDescription('text')).toBeUndefined()
  expect(readDescription({ args: 5 })).toBeUndefined()
  expect(readDescription({ title: 'Adds', kwargs: null })).toEqual({ about: 'Adds', fields: [] })
})
