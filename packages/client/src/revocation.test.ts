// Shows how subscriptions and registrations end, above all when the router takes them away, with a scripted router.

import { describe, expect, it } from 'vitest'
import { ScriptedNetwork } from './testing/scripted-network.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

describe('a revoked subscription', () => {
  it('gets no more events and tells so, with the reason [AP-PS-REV-01 AP-PS-REV-07]', async () => {
    const { session, router } = await openScripted()
    const seen: unknown[] = []
    const subscribing = [1, 2].map((n) => session.subscribe('com.example.topic', () => seen.push(n)))
    router.says([33, 1, 500], [33, 2, 500])
    const [a, b] = await Promise.all(subscribing)
    router.take()
    router.says([36, 500, 1, {}], [35, 0, { subscription: 500, reason: 'no longer allowed' }], [36, 500, 2, {}])
    expect(seen).toEqual([1, 2])
    expect(await a?.ended).toEqual({ by: 'router', reason: 'no longer allowed' })
    expect(await b?.ended).toEqual({ by: 'router', reason: 'no longer allowed' })
    await a?.unsubscribe()
    expect(router.take()).toEqual([])
    expect(session.isOpen).toBe(true)
  })

  it('is taken back without a fault when the revocation and UNSUBSCRIBE cross', async () => {
    const { session, router } = await openScripted()
    const subscribing = session.subscribe('com.example.topic', () => undefined)
    router.says([33, 1, 500])
    const subscription = await subscribing
    const leaving = subscription.unsubscribe()
    router.says([35, 0, { subscription: 500 }], [8, 34, 2, {}, 'wamp.error.no_such_subscription'])
    await leaving
    expect(await subscription.ended).toEqual({ by: 'client' })
  })

  it('can come back', async () => {
    const { session, router } = await openScripted()
    const seen: unknown[] = []
    void session.subscribe('com.example.topic', () => seen.push('old'))
    router.says([33, 1, 500], [35, 0, { subscription: 500 }])
    void session.subscribe('com.example.topic', () => seen.push('new'))
    router.says([33, 2, 500], [36, 500, 1, {}])
    expect(seen).toEqual(['new'])
  })
})

describe('a revoked registration', () => {
  it('tells so; invocations that run are still answered [AP-RPC-REV-01 AP-RPC-REV-07]', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.proc', () => turn().then(() => 'done'))
    router.says([65, 1, 900])
    const registration = await registering
    router.take()
    router.says([68, 1, 900, {}], [67, 0, { registration: 900, reason: 'replaced' }], [68, 2, 900, {}])
    expect(await registration.ended).toEqual({ by: 'router', reason: 'replaced' })
    await turn()
    expect(router.take()).toEqual([
      [8, 68, 2, {}, 'wamp.error.no_such_registration'],
      [70, 1, {}, ['done']],
    ])
    await registration.unregister()
    expect(router.take()).toEqual([])
  })

  it('is taken back without a fault when the revocation and UNREGISTER cross', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.proc', () => undefined)
    router.says([65, 1, 900])
    const registration = await registering
    const leaving = registration.unregister()
    router.says([67, 0, { registration: 900 }], [8, 66, 2, {}, 'wamp.error.no_such_registration'])
    await leaving
    expect(await registration.ended).toEqual({ by: 'router', reason: undefined })
  })

  it('has ended when the router says that there is none, revoked or not', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.proc', () => undefined)
    router.says([65, 1, 900])
    const registration = await registering
    const leaving = registration.unregister()
    router.says([8, 66, 2, {}, 'wamp.error.no_such_registration'])
    await leaving
    expect(await registration.ended).toEqual({ by: 'client' })
    router.take()
    router.says([68, 1, 900, {}])
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.no_such_registration']])
  })

  it('goes on when the router refuses to take it back for another reason', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.proc', () => 'still here')
    router.says([65, 1, 900])
    const registration = await registering
    let hasEnded = false
    void registration.ended.then(() => (hasEnded = true))
    const leaving = registration.unregister()
    router.says([8, 66, 2, {}, 'wamp.error.not_authorized'])
    await expect(leaving).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' })
    router.take()
    router.says([68, 1, 900, {}])
    await turn()
    expect([router.take(), hasEnded]).toEqual([[[70, 1, {}, ['still here']]], false])
  })
})

it('the end of a session ends what it had', async () => {
  const { session, router } = await openScripted()
  const made = Promise.all([session.subscribe('com.example.topic', () => undefined), session.register('com.example.proc', () => undefined)])
  router.says([33, 1, 500], [65, 2, 900])
  const [subscription, registration] = await made
  router.lose()
  expect(await subscription.ended).toEqual({ by: 'session', reason: 'wamp.error.network_failure' })
  expect(await registration.ended).toEqual({ by: 'session', reason: 'wamp.error.network_failure' })
})

describe('what a client declared', () => {
  it('is refused when the router takes it away, and asked for anew in the next session', async () => {
    const network = new ScriptedNetwork()
    const subscription = network.client.subscribe('com.example.topic', () => undefined)
    const registration = network.client.register('com.example.proc', () => undefined)
    await network.welcome()
    network.router.says([33, 1, 500], [65, 2, 900])
    await turn()
    network.router.says([35, 0, { subscription: 500, reason: 'rights' }], [67, 0, { registration: 900 }])
    await turn()
    const error = { code: 'TL_REVOKED', reason: 'rights' }
    expect(subscription.state).toMatchObject({ status: 'refused', error, until: undefined })
    expect(registration.state.status).toBe('refused')
    expect(network.errors.map((each) => (each as unknown[])[0])).toEqual(['restoration', 'restoration'])
    await network.lose()
    await network.pass()
    expect((await network.welcome()).map(([type]) => type)).toEqual([32, 64])
  })

  it('can be withdrawn after that, without asking the router', async () => {
    const network = new ScriptedNetwork()
    const subscription = network.client.subscribe('com.example.topic', () => undefined)
    await network.welcome()
    network.router.says([33, 1, 500], [35, 0, { subscription: 500 }])
    await turn()
    await subscription.unsubscribe()
    expect(network.router.take()).toEqual([])
  })
})

it('a call that waits for a session is taken back by its signal', async () => {
  const network = new ScriptedNetwork({ whileAway: 'wait' })
  const stop = new AbortController()
  const call = network.client.call('com.example.a', [], { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  const late = network.client.call('com.example.a', [], { signal: stop.signal })
  await expect(late).rejects.toThrow('enough')
  expect(await network.welcome()).toEqual([])
})
