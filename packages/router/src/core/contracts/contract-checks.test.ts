// Shows what a router with contracts lets by, as literal WAMP arrays.

import type { ContractFile, ContractRule, RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const NUMBER = { name: 'n', required: true, schema: { type: 'number' } } as const
const OPTIONAL = { name: 'm', required: false, schema: { type: 'number' } } as const
const TEXT = { name: 'text', required: true, schema: { type: 'string' } } as const
const FEATURES = ['call_canceling', 'progressive_call_invocations', 'progressive_call_results', 'payload_passthru_mode']

const SHOP: ContractFile = {
  trunkline: 'contract/1',
  prefix: 'com.shop',
  procedures: {
    'com.shop.add': {
      call: { args: [OPTIONAL, NUMBER], kwargs: { type: 'object', properties: { a: { type: 'string' } } } },
      result: { args: [NUMBER] },
      progress: { args: [TEXT] },
    },
    'com.shop.stock.{item}.count': { call: { args: [NUMBER] }, result: { args: [] } },
    'com.shop.stock.apple.count': { call: { args: [TEXT] }, result: { args: [] } },
    'com.shop.load': { call: { args: [] }, chunk: { args: [NUMBER] }, result: { args: [] } },
    'com.shop.{id}.files.{path*}': { call: { args: [TEXT] }, result: { args: [] } },
  },
  topics: { 'com.shop.prices.{symbol}': { event: { args: [NUMBER] } }, 'com.shop.news.{rest*}': { event: { args: [TEXT] } } },
}

let world: World
afterEach(() => world.end())

function open(rule: Partial<ContractRule> = {}): { callee: TestPeer; caller: TestPeer } {
  world = World.of({ contracts: [{ contract: SHOP, mode: 'reject', ...rule }] })
  const features = { caller: FEATURES, callee: FEATURES, publisher: ['payload_passthru_mode'], subscriber: ['payload_passthru_mode'] }
  return { callee: world.join({ features }), caller: world.join({ features }) }
}
const refused = (request: number, path: string, message: string): unknown[] => {
  return [8, 48, request, {}, 'wamp.error.invalid_argument', [`${path}: ${message}`], { issues: [{ path, message }] }]
}
const counts = (): unknown[] => world.router.realms.flatMap((realm) => realm.contractViolations)

describe('a router that rejects what breaks a contract', () => {
  it('passes a call that is as declared as it came', () => {
    const { callee, caller } = open()
    const id = callee.register('com.shop.add')
    caller.say(48, 1, {}, 'com.shop.add', [null, 2, 'more'], { a: 'x', other: 1 })
    expect(callee.takeOne()).toEqual([68, 1, id, {}, [null, 2, 'more'], { a: 'x', other: 1 }])
    callee.say(70, 1, {}, ['a result is not checked by default'])
    expect(caller.takeOne()).toEqual([50, 1, {}, ['a result is not checked by default']])
    expect(counts()).toEqual([])
  })

  it('refuses a call that is not, and names the first fault', () => {
    const { callee, caller } = open()
    callee.register('com.shop.add')
    caller.say(48, 1, {}, 'com.shop.add', [1, 'x'])
    caller.say(48, 2, {}, 'com.shop.add', [1])
    caller.say(48, 3, {}, 'com.shop.add', [1, 2], { a: 3 })
    expect(caller.take()).toEqual([
      refused(1, '/args/1', 'must be number'),
      refused(2, '/args/1', 'is missing'),
      refused(3, '/kwargs/a', 'must be string'),
    ])
    expect(callee.take()).toEqual([])
    expect(counts()).toEqual([{ uri: 'com.shop.add', moment: 'call', count: 3 }])
    expect(world.router.counters.contractViolations).toBe(3)
  })

  it('finds an entry by its parameters, the most specific first', () => {
    const { callee, caller } = open()
    for (const uri of ['com.shop.stock.pear.count', 'com.shop.stock.apple.count', 'com.shop.7.files.a.b']) callee.register(uri)
    caller.say(48, 1, {}, 'com.shop.stock.pear.count', ['x'])
    caller.say(48, 2, {}, 'com.shop.stock.apple.count', [1])
    caller.say(48, 3, {}, 'com.shop.7.files.a.b', [1])
    expect(caller.take().map((answer) => answer[5])).toEqual([
      ['/args/0: must be number'],
      ['/args/0: must be string'],
      ['/args/0: must be string'],
    ])
    expect(counts()).toMatchObject([{ uri: 'com.shop.stock.{item}.count' }, { uri: 'com.shop.stock.apple.count' }, { count: 1 }])
  })

  it('leaves procedures alone that no contract names', () => {
    const { callee, caller } = open()
    callee.register('com.shop.other')
    caller.say(48, 1, {}, 'com.shop.other', ['anything'])
    expect(callee.take()).toHaveLength(1)
  })

  it('refuses an event: with an ERROR where it is acknowledged', () => {
    const { callee: subscriber, caller: publisher } = open()
    subscriber.say(32, 1, { match: 'prefix' }, 'com.shop.')
    subscriber.take()
    publisher.say(16, 1, { acknowledge: true }, 'com.shop.prices.PEAR', ['x'])
    publisher.say(16, 2, {}, 'com.shop.prices.PEAR', ['x'])
    publisher.say(16, 3, {}, 'com.shop.news.a.b', [1])
    expect(publisher.take()).toEqual([
      [
        8,
        16,
        1,
        {},
        'wamp.error.invalid_argument',
        ['/args/0: must be number'],
        { issues: [{ path: '/args/0', message: 'must be number' }] },
      ],
    ])
    publisher.say(16, 4, {}, 'com.shop.prices.PEAR', [1])
    expect(subscriber.take()).toHaveLength(1)
    expect(counts()).toEqual([
      { uri: 'com.shop.prices.{symbol}', moment: 'publish', count: 2 },
      { uri: 'com.shop.news.{rest*}', moment: 'publish', count: 1 },
    ])
    expect(world.router.counters.publicationsRefused).toBe(3)
  })

  it('ends a call in chunks at a wrong one, and takes an empty last one', () => {
    const { callee, caller } = open()
    callee.register('com.shop.load')
    caller.say(48, 1, { progress: true }, 'com.shop.load', [1])
    caller.say(48, 1, { progress: true }, 'com.shop.load', ['x'])
    expect(caller.takeOne()).toEqual(refused(1, '/args/0', 'must be number'))
    expect(callee.take().map(([type]) => type)).toEqual([68, 69])
    caller.say(48, 1, {}, 'com.shop.load')
    caller.say(48, 2, { progress: true }, 'com.shop.load', [1])
    caller.say(48, 2, {}, 'com.shop.load', [], {})
    caller.say(48, 3, {}, 'com.shop.load')
    expect(callee.take().map(([type]) => type)).toEqual([68, 68, 68])
    expect(caller.take()).toEqual([])
  })

  it('checks results where the rule says so', () => {
    const { callee, caller } = open({ check: ['result', 'progress'] })
    callee.register('com.shop.add')
    for (const request of [1, 2]) caller.say(48, request, { receive_progress: true }, 'com.shop.add', ['a call is not checked'])
    callee.take()
    callee.say(70, 1, {}, ['x'])
    callee.say(70, 2, { progress: true }, ['half'])
    callee.say(70, 2, { progress: true }, [0.5])
    expect(caller.take()).toEqual([
      [8, 48, 1, {}, 'trunkline.error.contract_violation', ['/args/0: must be number'], expect.anything()],
      [50, 2, { progress: true }, ['half']],
      [8, 48, 2, {}, 'trunkline.error.contract_violation', ['/args/0: must be string'], expect.anything()],
    ])
    expect(callee.takeOne()[0]).toBe(69)
    expect(counts()).toMatchObject([{ moment: 'result' }, { moment: 'progress' }])
  })

  it('refuses payload passthru, which it cannot read, unless it is allowed', () => {
    const options = { ppt_scheme: 'x_mine', ppt_serializer: 'cbor' }
    const strict = open()
    strict.callee.register('com.shop.add')
    strict.caller.say(48, 1, options, 'com.shop.add', ['sealed'])
    expect(strict.caller.takeOne()[5]).toEqual(['is encrypted and cannot be checked'])
    world.end()
    const lenient = open({ encrypted: 'allow' })
    lenient.callee.register('com.shop.add')
    lenient.caller.say(48, 1, options, 'com.shop.add', ['sealed'])
    expect(lenient.callee.take()).toHaveLength(1)
  })

  it('refuses a payload on which a pattern would try too many ways, and for a while others of its owner that may', () => {
    const args = [{ ...TEXT, schema: { pattern: '^(a+)+$' } }]
    const { callee, caller } = open({ contract: { ...SHOP, procedures: { 'com.shop.add': { call: { args }, result: { args: [] } } } } })
    callee.register('com.shop.add')
    const TOO_LONG = 'takes too long to be checked, alone or with others of its sender'
    const call = (request: number, text: string): unknown => {
      caller.say(48, request, {}, 'com.shop.add', [text])
      return caller.take()[0]?.[5]
    }
    expect([call(1, 'a'.repeat(64)), call(2, 'b')]).toEqual([undefined, ['/args/0: must match "^(a+)+$"']])
    expect(call(3, `${'a'.repeat(64)}b`)).toEqual([TOO_LONG])
    expect(call(4, 'a')).toEqual([TOO_LONG])
    world.advance(5_000)
    expect(call(5, 'a')).toBeUndefined()
    expect(callee.take()).toHaveLength(2)
  })

  it('does not decode a payload of very many parts', () => {
    const { callee, caller } = open()
    callee.register('com.shop.add')
    caller.say(48, 1, {}, 'com.shop.add', [1, 2, Array.from({ length: 100_001 }, () => [])])
    expect(caller.takeOne()[5]).toEqual(['cannot be checked: the payload has more than 100000 lists, dicts and entries'])
  })

  it('refuses a payload in which a key appears twice, of which the callee may take the value that was not checked', () => {
    const { callee, caller } = open()
    callee.register('com.shop.add')
    caller.sayText('[48,1,{},"com.shop.add",[1,2],{"a":3,"\\u0061":"x"}]')
    expect(caller.takeOne()[5]).toEqual(['cannot be checked: a key appears twice'])
    expect(callee.take()).toEqual([])
  })
})

describe('a router that warns of what breaks a contract', () => {
  it('passes it, counts it, and logs a line a second for each URI', () => {
    const { callee, caller } = open({ mode: undefined })
    callee.register('com.shop.add')
    for (const request of [1, 2, 3]) caller.say(48, request, {}, 'com.shop.add', [1, 'secret'], { secret: 'x' })
    world.advance(1_000)
    caller.say(48, 4, { _traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }, 'com.shop.add', [])
    expect(callee.take()).toHaveLength(4)
    const lines = world.log.lines.filter(({ event }) => event === 'payload breaks a contract')
    expect(lines.map(({ fields }) => fields)).toMatchObject([
      { realm: 'realm1', uri: 'com.shop.add', moment: 'call', mode: 'warn', path: '/args/1', message: 'must be number' },
      { path: '/args/1', message: 'is missing', trace_id: '0af7651916cd43dd8448eb211c80319c' },
    ])
    expect(lines[0]?.fields).not.toHaveProperty('trace_id')
    expect(JSON.stringify(lines)).not.toContain('secret')
    expect(counts()).toEqual([{ uri: 'com.shop.add', moment: 'call', count: 4 }])
  })
})

describe('the mode', () => {
  it('may differ by prefix, the longest decides', () => {
    const { callee, caller } = open({ except: { 'com.shop.stock.': 'warn', 'com.shop.stock.apple': 'off' } })
    for (const uri of ['com.shop.stock.pear.count', 'com.shop.stock.apple.count']) callee.register(uri)
    caller.say(48, 1, {}, 'com.shop.stock.pear.count', ['x'])
    caller.say(48, 2, {}, 'com.shop.stock.apple.count', [{}])
    expect(callee.take()).toHaveLength(2)
    expect(counts()).toEqual([{ uri: 'com.shop.stock.{item}.count', moment: 'call', count: 1 }])
  })

  it('changes at run time, and counts go on', () => {
    const { callee, caller } = open()
    callee.register('com.shop.add')
    caller.say(48, 1, {}, 'com.shop.add', [])
    const update = (options: RealmOptions): void => void world.router.updateRealm('realm1', { ...OPEN_REALM, ...options })
    update({ contracts: [{ contract: SHOP, mode: 'warn' }] })
    caller.say(48, 2, {}, 'com.shop.add', [])
    update({ contracts: [{ contract: SHOP, mode: 'off' }] })
    caller.say(48, 3, {}, 'com.shop.add', [])
    expect(() => update({ contracts: [{ contract: SHOP }, { contract: SHOP }] })).toThrow('com.shop.add is declared twice')
    expect(callee.take()).toHaveLength(2)
    expect(counts()).toEqual([{ uri: 'com.shop.add', moment: 'call', count: 2 }])
  })
})

describe('a contract that cannot be checked', () => {
  it.each<[string, unknown]>([
    ["a contract file has 'trunkline': 'contract/1'", { trunkline: 'contract/2' }],
    ['procedures: must hold an object for each URI', { ...SHOP, procedures: { 'com.shop.add': 1 } }],
    ["procedures.com.shop.add.call: must have a list 'args'", { ...SHOP, procedures: { 'com.shop.add': { result: { args: [] } } } }],
    [
      "topics.com.shop.x.publish.args[0].schema: /items: the keyword 'typo' is not known",
      { ...SHOP, topics: { 'com.shop.x': { event: { args: [{ ...NUMBER, schema: { items: { typo: 1 } } }] } } } },
    ],
    [
      'com.shop.{b}.x is declared twice',
      { ...SHOP, topics: { 'com.shop.{a}.x': { event: { args: [] } }, 'com.shop.{b}.x': { event: { args: [] } } } },
    ],
  ])('is refused: %s', (message, contract) => {
    expect(() => World.of({ contracts: [{ contract: contract as ContractFile, mode: 'off' }] })).toThrow(message)
    world = new World()
  })
})
