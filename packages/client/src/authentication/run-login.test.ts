// Shows what a login with methods of the application sends, and how it ends, with a scripted router.

import { describe, expect, it } from 'vitest'
import type { AuthMethod, LoginAttempt } from '../login.ts'
import type { OpenSessionOptions } from '../open-session.ts'
import { openSession } from '../open-session.ts'
import { settlable } from '../settlable.ts'
import { failureOf } from '../testing/failure-of.ts'
import { ManualClock, ScriptedRouter, turn, WELCOME_DETAILS } from '../testing/scripted-router.ts'
import { authMethod } from './run-login.ts'

type Opening = { router: ScriptedRouter; clock: ManualClock; opening: ReturnType<typeof openSession> }

async function begin(options: Partial<OpenSessionOptions>): Promise<Opening> {
  const [router, clock] = [new ScriptedRouter(), new ManualClock()]
  const opening = openSession({ transport: router, realm: 'realm1', clock, ...options })
  opening.catch(() => undefined)
  await turn()
  return { router, clock, opening }
}

const answers = (name: string, attempt: LoginAttempt): AuthMethod => authMethod(name, () => attempt)
const welcome = [2, 7, WELCOME_DETAILS]

describe('HELLO', () => {
  it('carries the methods in their order, the first name, and what each method says; the own words of the application hold', async () => {
    const { router } = await begin({
      auth: [
        answers('com.example.a', { answer: () => 'a', authextra: { of: 'a', a: 1 } }),
        answers('com.example.b', { answer: () => 'b', authid: 'joe', authextra: { of: 'b', b: 2 } }),
        answers('com.example.c', { answer: () => 'c', authid: 'jim' }),
      ],
      authmethods: ['com.example.d'],
      authextra: { b: 3 },
    })
    expect(router.sent[0]?.[2]).toMatchObject({
      authmethods: ['com.example.a', 'com.example.b', 'com.example.c', 'com.example.d'],
      authid: 'joe',
      authextra: { of: 'b', a: 1, b: 3 },
    })
    const named = await begin({ auth: answers('com.example.b', { answer: () => 'b', authid: 'joe' }), authid: 'jane' })
    expect(named.router.sent[0]?.[2]).toMatchObject({ authid: 'jane' })
    expect(named.router.sent[0]?.[2]).not.toHaveProperty('authextra')
  })
})

describe('a challenge', () => {
  it('is answered by the method that it names, and by onChallenge for all others', async () => {
    const { router, opening } = await begin({
      auth: [answers('com.example.a', { answer: () => 'by a' }), answers('com.example.b', { answer: () => 'by b' })],
      onChallenge: ({ method }) => `by the application, ${method}`,
    })
    router.take()
    for (const method of ['com.example.b', 'com.example.z', 'com.example.a']) {
      router.says([4, method, {}])
      await turn()
    }
    expect(router.take().map(([type, signature]) => [type, signature])).toEqual([
      [5, 'by b'],
      [5, 'by the application, com.example.z'],
      [5, 'by a'],
    ])
    router.says(welcome)
    expect((await opening).isOpen).toBe(true)
  })

  it('by a method that was not offered ends the opening', async () => {
    const { router, opening } = await begin({ auth: answers('com.example.a', { answer: () => 'by a' }) })
    router.take()
    router.says([4, 'com.example.z', {}])
    expect(await failureOf(opening)).toMatchObject({
      code: 'TL_CONNECT_CHALLENGE',
      message: 'cannot answer a CHALLENGE by com.example.z: com.example.z was not offered',
    })
    expect(router.take().map(([type, , reason]) => [type, reason])).toEqual([[3, 'wamp.error.authentication_failed']])
    expect(router.isClosed).toBe(true)
  })
})

describe('a method that takes time to begin', () => {
  it('begins nothing more when it fails, and the connection is closed', async () => {
    const auth = authMethod('com.example.a', () => Promise.reject(new Error('the vault is closed')))
    const { router, opening } = await begin({ auth })
    await expect(opening).rejects.toThrow('the vault is closed')
    expect([router.sent, router.isClosed]).toEqual([[], true])
  })

  it('sends nothing when the time is over meanwhile', async () => {
    const late = settlable<LoginAttempt>()
    const { router, clock, opening } = await begin({ auth: authMethod('com.example.a', () => late.promise) })
    clock.advance(10_000)
    late.resolve({ answer: () => 'late' })
    expect(await failureOf(opening)).toMatchObject({ code: 'TL_CONNECT_TIMEOUT', message: 'no session within 10000 ms' })
    expect([router.sent, router.isClosed]).toEqual([[], true])
  })
})

describe('a proof of the router', () => {
  const wrong = (): never => {
    throw new Error('it is not the one')
  }
  const proving = answers('com.example.a', { answer: () => 'a', check: wrong })
  const other = answers('com.example.b', { answer: () => 'b' })
  const refused = {
    code: 'TL_CONNECT_CHALLENGE',
    reason: 'wamp.error.authentication_failed',
    message: 'the router did not prove that it knows this client: it is not the one',
  }

  it('is demanded by the method that was asked, and the session is left without it', async () => {
    const { router, opening } = await begin({ auth: [proving, other] })
    router.says([4, 'com.example.a', {}])
    await turn()
    router.take()
    router.says(welcome)
    expect(await failureOf(opening)).toMatchObject(refused)
    expect(router.take()).toEqual([[6, { message: 'the router did not prove that it knows this client' }, refused.reason]])
  })

  it('is not demanded where another method was asked', async () => {
    const { router, opening } = await begin({ auth: [proving, other] })
    router.says([4, 'com.example.b', {}])
    await turn()
    router.says(welcome)
    expect((await opening).isOpen).toBe(true)
  })

  it('is demanded without a challenge only where every method has one', async () => {
    const all = await begin({ auth: [proving] })
    all.router.says(welcome)
    expect(await failureOf(all.opening)).toMatchObject(refused)
    for (const auth of [
      [proving, other],
      [other, proving],
    ]) {
      const some = await begin({ auth })
      some.router.says(welcome)
      expect((await some.opening).isOpen).toBe(true)
    }
  })

  it('is the Details of WELCOME', async () => {
    const seen: unknown[] = []
    const auth = answers('com.example.a', { answer: () => 'a', check: async (details) => void seen.push(details['authextra']) })
    const { router, opening } = await begin({ auth })
    router.says([2, 7, { ...WELCOME_DETAILS, authextra: { proof: 5 } }])
    expect((await opening).id).toBe(7)
    expect(seen).toEqual([{ proof: 5 }])
  })
})
