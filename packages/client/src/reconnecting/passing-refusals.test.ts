// Shows that what was refused for a while is asked for again in the same session, with scripted routers and a manual clock.

import { describe, expect, it, vi } from 'vitest'
import type { RegisterOptions } from '../options.ts'
import type { ErrorContext } from '../report.ts'
import { failureOf } from '../testing/failure-of.ts'
import type { ScriptedNetwork } from '../testing/scripted-network.ts'
import { openNetwork } from '../testing/scripted-network.ts'
import { turn } from '../testing/scripted-router.ts'

const nothing = (): void => undefined
const TAKEN = 'wamp.error.procedure_already_exists'
const PROCEDURE = 'com.example.work'

/** The router refuses the latest REGISTER. */
async function refuse(network: ScriptedNetwork, request: number, error = TAKEN, details: object = {}): Promise<void> {
  network.router.says([8, 64, request, details, error])
  await turn()
}

describe('a declaration that is refused', () => {
  it.each([TAKEN, 'wamp.error.unavailable', 'wamp.error.authorization_failed', 'trunkline.error.limit_exceeded', 'wamp.error.timeout'])(
    'with %s asks again in the same session, with the backoff of the client',
    async (error) => {
      const network = await openNetwork({ backoff: { initialMs: 100, factor: 2, maxMs: 1000 } })
      network.chance = 1
      const registration = network.client.register(PROCEDURE, nothing)
      expect(registration.state).toEqual({ status: 'requested', attempt: 1 })
      network.router.take()
      const delays = [100, 100, 100, 100, 100]
      for (const [i, delay] of delays.entries()) {
        await refuse(network, i + 1, error)
        expect(registration.state).toMatchObject({
          status: 'refused',
          attempt: i + 1,
          until: network.clock.now + delay,
          error: { uri: error },
        })
        await network.pass(delay - 1)
        expect(network.router.take()).toEqual([])
        await network.pass(1)
        expect(network.router.take()).toEqual([[64, i + 2, {}, PROCEDURE]])
        expect(registration.state).toEqual({ status: 'requested', attempt: i + 2 })
      }
      network.router.says([65, 6, 9])
      await registration.ready
      expect(registration.state).toEqual({ status: 'active', id: 9 })
      expect(network.clock.openTimers).toBe(1)
    },
  )

  it('waits no longer than a quarter of the time that it has been refused, nor than maxMs', async () => {
    const network = await openNetwork({ silenceMs: Infinity, backoff: { initialMs: 100, factor: 10, maxMs: 3000 } })
    network.chance = 1
    const registration = network.client.register(PROCEDURE, nothing)
    const waited: number[] = []
    for (let request = 1; request <= 30; request++) {
      await refuse(network, request)
      const { state } = registration
      const delay = state.status === 'refused' ? (state.until ?? NaN) - network.clock.now : NaN
      waited.push(delay)
      await network.pass(delay)
    }
    expect(waited.slice(0, 6)).toEqual([100, 100, 100, 100, 100, 125])
    expect(Math.max(...waited)).toBe(3000)
  })

  it.each(['wamp.error.not_authorized', 'wamp.error.invalid_uri', 'wamp.error.option_not_allowed', 'com.example.error'])(
    'with %s does not ask again before the next session',
    async (error) => {
      const network = await openNetwork({ silenceMs: Infinity })
      const registration = network.client.register(PROCEDURE, nothing)
      network.router.take()
      await refuse(network, 1, error)
      expect(registration.state).toMatchObject({ status: 'refused', until: undefined })
      await network.pass(1_000_000)
      expect(network.router.take()).toEqual([])
    },
  )

  it('holds for subscriptions too', async () => {
    const network = await openNetwork()
    network.client.subscribe('com.example.topic', nothing)
    network.router.says([8, 32, 1, {}, 'wamp.error.authorization_failed'])
    await turn()
    network.router.take()
    await network.pass(500)
    expect(network.router.take()).toEqual([[32, 2, {}, 'com.example.topic']])
  })

  it('rejects `ready` of that answer, and gives another for the next', async () => {
    const network = await openNetwork()
    const registration = network.client.register(PROCEDURE, nothing)
    const first = failureOf(registration.ready)
    await refuse(network, 1)
    expect(await first).toMatchObject({ uri: TAKEN })
    const second = registration.ready
    await network.pass(500)
    network.router.says([65, 2, 9])
    await second
  })

  it('tells onError what was refused, and not again while the answer is the same', async () => {
    const onError = vi.fn<(error: unknown, source: string, about: ErrorContext) => void>()
    const network = await openNetwork({ onError })
    const registration = network.client.register(PROCEDURE, nothing)
    const answers = [TAKEN, TAKEN, 'wamp.error.authorization_failed', TAKEN]
    for (const [i, error] of answers.entries()) {
      await refuse(network, i + 1, error)
      await network.pass(1000)
    }
    expect(onError.mock.calls.map(([error]) => (error as { uri: string }).uri)).toEqual([TAKEN, 'wamp.error.authorization_failed', TAKEN])
    expect(onError.mock.calls[0]?.slice(1)).toEqual(['restoration', { uri: PROCEDURE, declaration: registration }])
  })

  it('is not asked for again once it was withdrawn, or the client stopped', async () => {
    const network = await openNetwork({ silenceMs: Infinity })
    const withdrawn = network.client.register(PROCEDURE, nothing)
    network.client.register('com.example.other', nothing)
    network.router.says([8, 64, 1, { registration: 5 }, TAKEN], [8, 64, 2, {}, TAKEN])
    await turn()
    await withdrawn.unregister()
    expect(withdrawn.state).toEqual({ status: 'withdrawn' })
    void network.client.stop()
    await turn()
    network.router.lose()
    await turn()
    expect(network.clock.openTimers).toBe(0)
  })

  it('counts its attempts anew in the next session', async () => {
    const network = await openNetwork()
    const registration = network.client.register(PROCEDURE, nothing)
    for (let request = 1; request <= 3; request++) {
      await refuse(network, request)
      await network.pass(500)
    }
    await network.lose()
    expect(registration.state).toEqual({ status: 'waiting' })
    await network.pass(500)
    expect(await network.welcome()).toEqual([[64, 1, {}, PROCEDURE]])
    expect(registration.state).toEqual({ status: 'requested', attempt: 1 })
  })
})

describe('the registration in the way', () => {
  const watched = async (declarations: number): Promise<ScriptedNetwork> => {
    const network = await openNetwork({ silenceMs: Infinity })
    network.chance = 1
    for (let i = 1; i <= declarations; i++) network.client.register(`${PROCEDURE}${i}`, nothing)
    for (let i = 1; i <= declarations; i++) network.router.says([8, 64, i, { registration: 70 + i }, TAKEN])
    await turn()
    return network
  }

  it('is watched by one subscription for all, and what it stood in the way of asked for at once when it is gone', async () => {
    const network = await watched(3)
    expect(network.router.take().filter(([type]) => type === 32)).toEqual([[32, 4, {}, 'wamp.registration.on_delete']])
    network.router.says([33, 4, 500], [36, 500, 1, {}, [12, 99]], [36, 500, 2, {}, [12, 72]])
    expect(network.router.take()).toEqual([[64, 5, {}, `${PROCEDURE}2`]])
  })

  it('is not watched any more when nothing is refused', async () => {
    const network = await watched(1)
    network.router.says([33, 2, 500], [36, 500, 1, {}, [12, 71]])
    network.router.take()
    network.router.says([65, 3, 9])
    await turn()
    expect(network.router.take()).toEqual([[34, 4, 500]])
  })

  it('is watched anew when it is another, and asked after as before where it may not be watched', async () => {
    const network = await watched(1)
    network.router.says([8, 32, 2, {}, 'wamp.error.not_authorized'])
    await turn()
    expect(network.errors).toHaveLength(1)
    network.router.take()
    await network.pass(500)
    expect(network.router.take()).toEqual([[64, 3, {}, `${PROCEDURE}1`]])
    await refuse(network, 3, TAKEN, { registration: 80 })
    expect(network.router.take()).toEqual([])
    await network.pass(500)
    expect(network.router.take()).toEqual([[64, 4, {}, `${PROCEDURE}1`]])
  })

  it('is watched in each session anew', async () => {
    const network = await watched(1)
    await network.lose()
    await network.pass()
    await network.welcome()
    await refuse(network, 1, TAKEN, { registration: 5 })
    expect(network.router.take()).toEqual([[32, 2, {}, 'wamp.registration.on_delete']])
  })
})

describe('a registration that was taken away', () => {
  const revoked = async (options: RegisterOptions, reason: string): Promise<ScriptedNetwork> => {
    const network = await openNetwork({ silenceMs: Infinity })
    network.client.register(PROCEDURE, nothing, options)
    network.router.says([65, 1, 9])
    await turn()
    network.router.take()
    network.router.says([67, 0, { registration: 9, reason }])
    await turn()
    await network.pass(500)
    return network
  }

  it('by another callee is asked for again, and by a failing authorizer', async () => {
    for (const reason of ['trunkline.error.taken_over', 'wamp.error.authorization_failed']) {
      expect((await revoked({}, reason)).router.take()).toEqual([[64, 2, {}, PROCEDURE]])
    }
  })

  it('in the turn in which it was granted is asked for again as well', async () => {
    const network = await openNetwork({ silenceMs: Infinity })
    const registration = network.client.register(PROCEDURE, nothing)
    const subscription = network.client.subscribe('com.example.topic', nothing)
    network.router.take()
    network.router.says([65, 1, 9])
    network.router.says([33, 2, 7])
    network.router.says([67, 0, { registration: 9, reason: 'trunkline.error.taken_over' }])
    network.router.says([35, 0, { subscription: 7, reason: 'wamp.error.authorization_failed' }])
    await turn()
    expect([registration.state.status, subscription.state.status]).toEqual(['refused', 'refused'])
    await network.pass(500)
    expect(network.router.take().map(([type, , , uri]) => [type, uri])).toEqual(
      expect.arrayContaining([
        [64, PROCEDURE],
        [32, 'com.example.topic'],
      ]),
    )
  })

  it('is not taken back by force, nor when rights or somebody with rights took it', async () => {
    expect((await revoked({ forceReregister: true }, 'trunkline.error.taken_over')).router.take()).toEqual([])
    expect((await revoked({}, 'wamp.error.not_authorized')).router.take()).toEqual([])
    expect((await revoked({}, 'com.example.by_hand')).router.take()).toEqual([])
  })
})
