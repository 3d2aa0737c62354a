// Shows what becomes of declarations before, between and in sessions, with scripted routers and a manual clock.

import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { UsageError } from '@trunkline/protocol'
import { failureOf } from '../testing/failure-of.ts'
import { openNetwork, ScriptedNetwork } from '../testing/scripted-network.ts'
import { turn } from '../testing/scripted-router.ts'

const nothing = (): void => undefined

describe('declarations', () => {
  it('are made in every session in their order and with their whole options, before anything that waited', async () => {
    const network = new ScriptedNetwork()
    const { client } = network
    const options = { match: 'prefix', invoke: 'roundrobin', _shard: [1, 2] } as const
    client.subscribe('com.example..b', nothing, { match: 'wildcard', getRetained: true })
    client.register('com.example.', nothing, options)
    client.subscribe('com.example.a', nothing)
    void client.call('com.example.c').catch(nothing)
    const requests = [
      [32, 1, { match: 'wildcard', get_retained: true }, 'com.example..b'],
      [64, 2, { match: 'prefix', invoke: 'roundrobin', _shard: [1, 2] }, 'com.example.'],
      [32, 3, {}, 'com.example.a'],
    ]
    expect(await network.welcome()).toEqual([...requests, [48, 4, {}, 'com.example.c']])
    for (let i = 0; i < 3; i++) {
      await network.lose()
      await network.pass()
      expect(await network.welcome()).toEqual(requests)
    }
  })

  it('name the session that was lost, so that a router which has not noticed yet frees its registrations', async () => {
    const network = await openNetwork()
    const { client } = network
    const first = await client.session()
    await network.lose()
    await network.pass()
    await turn()
    expect(network.router.take()).toEqual([[1, 'realm1', expect.objectContaining({ _replaces: first.id })]])
  })

  it('ask every session for exactly the same, whatever was declared and withdrawn', async () => {
    const uri = fc.stringMatching(/^[a-z]{1,3}(\.[a-z]{1,3}){1,3}$/).filter((text) => !text.startsWith('wamp'))
    const custom = fc.dictionary(fc.stringMatching(/^_[a-z]{3,5}$/), fc.oneof(fc.boolean(), fc.nat(), fc.string()))
    const match = fc.constantFrom('exact', 'prefix', 'wildcard')
    const declaration = fc.oneof(
      fc.record({ code: fc.constant(32), uri, match, custom, more: fc.boolean(), isKept: fc.boolean() }),
      fc.record({ code: fc.constant(64), uri, match, custom, more: fc.boolean(), isKept: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(declaration, { maxLength: 8 }), async (declarations) => {
        const network = new ScriptedNetwork()
        for (const each of declarations) {
          const options = { match: each.match, ...each.custom }
          if (each.code === 32) {
            const subscription = network.client.subscribe(each.uri, nothing, { ...options, getRetained: each.more })
            if (!each.isKept) await subscription.unsubscribe()
          } else {
            const registration = network.client.register(each.uri, nothing, { ...options, discloseCaller: each.more })
            if (!each.isKept) await registration.unregister()
          }
        }
        const kept = declarations.filter(({ isKept }) => isKept)
        const expected = kept.map((each, i) => {
          const option = each.code === 32 ? { get_retained: each.more } : { disclose_caller: each.more }
          return [each.code, i + 1, { match: each.match, ...option, ...each.custom }, each.uri]
        })
        for (let session = 1; session <= 3; session++) {
          expect(await network.welcome()).toEqual(expected)
          await network.lose()
          await network.pass()
        }
        await network.client.stop()
      }),
      { numRuns: 30 },
    )
  })

  it('keep the options as they were given', async () => {
    const network = new ScriptedNetwork()
    const options: { match?: 'prefix' } = { match: 'prefix' }
    network.client.subscribe('com.example.', nothing, options)
    delete options.match
    expect(await network.welcome()).toEqual([[32, 1, { match: 'prefix' }, 'com.example.']])
  })

  it('go out at once in an open session', async () => {
    const network = await openNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    expect(network.router.take()).toEqual([[32, 1, {}, 'com.example.a']])
    expect(subscription.state.status).toBe('requested')
    network.router.says([33, 1, 5])
    await subscription.ready
    expect(subscription.state.status).toBe('active')
  })

  it('were sent when a listener hears of the session', async () => {
    const network = new ScriptedNetwork()
    const { client } = network
    client.onState(({ status }) => void (status === 'connected' && client.publish('com.example.b')))
    client.subscribe('com.example.a', nothing)
    expect(await network.welcome()).toEqual([
      [32, 1, {}, 'com.example.a'],
      [16, 2, {}, 'com.example.b'],
    ])
  })

  it('wait again when the session ends in the turn of the answer', async () => {
    const network = await openNetwork()
    const granted = network.client.subscribe('com.example.a', nothing)
    const refused = network.client.register('com.example.b', nothing)
    network.router.says([33, 1, 5], [8, 64, 2, {}, 'com.example.refused'])
    await network.lose()
    expect([granted.state.status, refused.state.status, network.errors]).toEqual(['waiting', 'waiting', []])
  })

  it('are not refused by the end of the session, however long the connection takes to close', async () => {
    const network = await openNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    network.router.closesOnRequest = false
    network.router.says([6, {}, 'wamp.close.system_shutdown'])
    await turn()
    expect([subscription.state.status, network.errors]).toEqual(['requested', []])
    await network.lose()
    expect(subscription.state.status).toBe('waiting')
  })

  it('tell where they stand, and are ready once the session that holds has brought them', async () => {
    const network = new ScriptedNetwork()
    const registration = network.client.register('com.example.a', nothing)
    const ready = vi.fn<() => void>()
    void registration.ready.then(ready)
    expect(registration.state.status).toBe('waiting')
    await network.welcome()
    await network.lose()
    expect(registration.state.status).toBe('waiting')
    await network.pass()
    await network.welcome()
    expect(ready).not.toHaveBeenCalled()
    network.router.says([65, 1, 9])
    await turn()
    expect([registration.state.status, ready.mock.calls.length]).toEqual(['active', 1])
  })

  it('deliver each event once, in every session', async () => {
    const network = new ScriptedNetwork()
    const seen: unknown[] = []
    network.client.subscribe('com.example.a', ({ args }) => void seen.push(['first', ...args]))
    network.client.subscribe('com.example.a', ({ args }) => void seen.push(['second', ...args]))
    for (let session = 1; session <= 3; session++) {
      await network.welcome()
      network.router.says([33, 1, 5], [33, 2, 5])
      network.router.says([36, 5, 100 + session, {}, [session]])
      const { router } = network
      await network.lose()
      router.says([36, 5, 200 + session, {}, ['late']])
      await network.pass()
    }
    expect(seen).toEqual(
      [1, 2, 3].flatMap((session) => [
        ['first', session],
        ['second', session],
      ]),
    )
  })

  it('answer calls in every session', async () => {
    const network = new ScriptedNetwork()
    network.client.register('com.example.double', ({ args }) => Number(args[0]) * 2)
    for (const registration of [7, 8]) {
      await network.welcome()
      network.router.says([65, 1, registration], [68, 1, registration, {}, [21]])
      expect(network.router.take()).toEqual([[70, 1, {}, [42]]])
      await network.lose()
      await network.pass()
    }
  })

  it('do not stop others when one is refused, and ask again in the next session', async () => {
    const network = new ScriptedNetwork()
    const { client } = network
    const refused = client.register('com.example.secret', nothing)
    const other = client.subscribe('com.example.a', nothing)
    await network.welcome()
    const failure = failureOf(refused.ready)
    network.router.says([8, 64, 1, {}, 'wamp.error.not_authorized'], [33, 2, 5])
    expect(await failure).toMatchObject({ uri: 'wamp.error.not_authorized' })
    expect(refused.state).toMatchObject({ status: 'refused', attempt: 1, error: { uri: 'wamp.error.not_authorized' }, until: undefined })
    expect(await failureOf(refused.ready)).toBe(await failure)
    expect(network.errors).toEqual([['restoration', await failure]])
    expect(other.state.status).toBe('active')
    await network.lose()
    await network.pass()
    await network.welcome()
    network.router.says([65, 1, 9])
    await refused.ready
    expect(refused.state).toEqual({ status: 'active', id: 9 })
  })

  it('end as an uncaught error when one is refused, unless there is onError or somebody awaits ready', async () => {
    const uncaught = vi.fn<(error: unknown) => void>()
    vi.stubGlobal('reportError', uncaught)
    const network = new ScriptedNetwork({ onError: undefined })
    const awaited = failureOf(network.client.register('com.example.a', nothing).ready)
    network.client.register('com.example.b', nothing)
    await network.welcome()
    network.router.says([8, 64, 1, {}, 'com.example.first'], [8, 64, 2, {}, 'com.example.second'])
    await turn()
    vi.unstubAllGlobals()
    expect(await awaited).toMatchObject({ uri: 'com.example.first' })
    expect(uncaught.mock.calls).toMatchObject([[{ uri: 'com.example.second' }]])
  })

  it('are refused before anything is sent when no router would take them', () => {
    const { client } = new ScriptedNetwork()
    expect(() => client.subscribe('com.example..a', nothing)).toThrow(UsageError)
    expect(() => client.register('wamp.mine', nothing)).toThrow(UsageError)
    expect(() => client.register('com.example.a', nothing, { invoke: 'all' as 'single' })).toThrow(UsageError)
    expect(() => client.subscribe('com.example.a', nothing, { match: 'regex' as 'exact' })).toThrow(UsageError)
  })

  it('reject ready when the client stops, and come back after start', async () => {
    const network = new ScriptedNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    const before = failureOf(subscription.ready)
    await network.client.stop()
    expect(await before).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    expect(await failureOf(subscription.ready)).toMatchObject({ code: 'TL_DISCONNECTED' })
    network.client.start()
    const after = subscription.ready
    await network.welcome()
    network.router.says([33, 1, 5])
    await after
    expect(subscription.state.status).toBe('active')
  })
})

describe('withdrawing', () => {
  it.each(['before the first session', 'between sessions'])('needs no message %s', async (when) => {
    const network = new ScriptedNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    const registration = network.client.register('com.example.b', nothing)
    if (when === 'between sessions') {
      await network.welcome()
      network.router.says([33, 1, 5], [65, 2, 6])
      await turn()
      await network.lose()
      await network.pass()
    }
    const ready = failureOf(subscription.ready)
    await Promise.all([subscription.unsubscribe(), registration.unregister()])
    expect(await ready).toBeInstanceOf(UsageError)
    expect(await network.welcome()).toEqual([])
    expect([subscription.state.status, registration.state.status]).toEqual(['withdrawn', 'withdrawn'])
  })

  it('takes back what is active, once', async () => {
    const network = await openNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    const registration = network.client.register('com.example.b', nothing)
    network.router.says([33, 1, 5], [65, 2, 6])
    await turn()
    network.router.take()
    const withdrawing = [subscription.unsubscribe(), subscription.unsubscribe(), registration.unregister()]
    expect(network.router.take()).toEqual([
      [34, 3, 5],
      [66, 4, 6],
    ])
    network.router.says([35, 3], [67, 4])
    await Promise.all(withdrawing)
    await network.lose()
    await network.pass()
    expect(await network.welcome()).toEqual([])
  })

  it('takes back what was asked for, when the answer comes, and lets no event through until then', async () => {
    const network = await openNetwork()
    const onEvent = vi.fn<() => void>()
    const subscription = network.client.subscribe('com.example.a', onEvent)
    network.router.take()
    const withdrawing = subscription.unsubscribe()
    network.router.says([33, 1, 5], [36, 5, 100, {}])
    await turn()
    expect(network.router.take()).toEqual([[34, 2, 5]])
    network.router.says([35, 2])
    await withdrawing
    expect(onEvent).not.toHaveBeenCalled()
    expect(subscription.state.status).toBe('withdrawn')
  })

  it('takes back what this session was asked for, not what the last one had', async () => {
    const network = await openNetwork()
    const subscription = network.client.subscribe('com.example.a', nothing)
    network.router.says([33, 1, 5])
    await subscription.ready
    await network.lose()
    await network.pass()
    await network.welcome()
    const withdrawing = subscription.unsubscribe()
    network.router.says([33, 1, 6])
    await turn()
    expect(network.router.take()).toEqual([[34, 2, 6]])
    network.router.says([35, 2])
    await withdrawing
  })

  it('resolves when the request is refused or the session ends meanwhile', async () => {
    const network = await openNetwork()
    const refused = network.client.register('com.example.a', nothing)
    const lost = network.client.register('com.example.b', nothing)
    const withdrawing = [refused.unregister(), lost.unregister()]
    network.router.says([8, 64, 1, {}, 'wamp.error.not_authorized'])
    await network.lose()
    await Promise.all(withdrawing)
    expect(network.errors).toEqual([])
    expect([refused.state.status, lost.state.status]).toEqual(['withdrawn', 'withdrawn'])
  })
})
