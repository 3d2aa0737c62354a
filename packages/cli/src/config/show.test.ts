// Shows the values of a configuration as they are shown: in the notation of the file, with defaults, without secrets.

import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import type { Node } from './nodes.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import { effective } from './show.ts'

const number = { kind: 'number', least: 0, most: 9, about: 'x' } as const
const quantity = (kind: 'duration' | 'size', otherwise = {}): Node => ({ kind, least: 0, most: 1e12, about: 'x', ...otherwise })

describe('what is shown', () => {
  it.each([
    [0, '0ms'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1500ms'],
    [59_000, '59s'],
    [60_000, '1min'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [86_400_000, '24h'],
  ])('of a duration of %i milliseconds is %s', (milliseconds, text) => {
    expect(effective(milliseconds, quantity('duration'))).toBe(text)
  })

  it.each([
    [1, '1B'],
    [1_023, '1023B'],
    [1_024, '1KiB'],
    [1_536, '1536B'],
    [4_194_304, '4MiB'],
    [2 ** 30, '1GiB'],
    [2 ** 36, '64GiB'],
  ])('of a size of %i octets is %s', (octets, text) => {
    expect(effective(octets, quantity('size'))).toBe(text)
  })

  it('holds every default, those of dicts that are left out, and nothing that has none', () => {
    const schema: Node = {
      kind: 'dict',
      about: 'x',
      required: [],
      keys: {
        a: quantity('duration', { default: '10s' }),
        b: quantity('size', { default: '4MiB' }),
        c: number,
        d: { kind: 'dict', about: 'x', required: [], default: '{}', keys: { e: { kind: 'flag', about: 'x', default: 'true' } } },
      },
    }
    expect(effective({}, schema)).toEqual({ a: '10s', b: '4MiB', d: { e: true } })
    expect(effective({ a: 2_000, b: 2_048, c: 1, d: { e: false } }, schema)).toEqual({ a: '2s', b: '2KiB', c: 1, d: { e: false } })
  })

  it('of durations and sizes anywhere in a file is in the notation of the file', () => {
    const text = `
listeners: [ websocket: { host: 127.0.0.1, port: 1, limits: { message: 1536, headers: 16KiB } } ]
realms:
  a:
    users: { one: { role: r, ticket: t } }
    jwt: { algorithms: [HS256], keys: [ { secret: 'a secret of at least 32 octets, all in all' } ], tolerance: 90s }
    authorizer: { procedure: com.a, realm: a, deadline: 1500ms, cache: { entries: 5, age: 2min } }
    roles: { r: [] }
    topics: [ { uri: com.**, history: { events: 5, age: 36h, size: 1MiB }, retain: { age: 1500ms } } ]
limits: { stall: 61s, ping: 0s, silence: 2h, hello: 250ms, outbox: 65536 }`
    const shown = effective(parseConfig(text, 'a.yaml').document, CONFIG_SCHEMA)
    expect(shown).toMatchObject({
      listeners: [{ websocket: { limits: { message: '1536B', headers: '16KiB' } } }],
      realms: {
        a: {
          jwt: { tolerance: '90s' },
          authorizer: { deadline: '1500ms', cache: { age: '2min' } },
          topics: [{ history: { age: '36h', size: '1MiB' }, retain: { age: '1500ms' } }],
        },
      },
      limits: { stall: '61s', silence: '2h', hello: '250ms', outbox: '64KiB' },
    })
  })
})
