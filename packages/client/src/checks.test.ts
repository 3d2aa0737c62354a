// Shows that what applications hand over in plain JavaScript is refused by the name of the argument, in every door, and that
// nothing is sent of it.

import { ApplicationError, UsageError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { authMethod } from './authentication/run-login.ts'
import { cryptosignAuth } from './authentication/cryptosign.ts'
import { jwtAuth } from './authentication/jwt.ts'
import { scramAuth } from './authentication/scram.ts'
import { ticketAuth } from './authentication/ticket.ts'
import { craAuth } from './authentication/wampcra.ts'
import { batched } from './batched.ts'
import { calls } from './calls/calls.ts'
import { send, stream } from './calls/streams.ts'
import { openSession } from './open-session.ts'
import { encrypted } from './e2ee.ts'
import { history } from './history.ts'
import { json } from './json-text.ts'
import { openLongPoll } from './longpoll.ts'
import { meta } from './meta.ts'
import { connect, createClient } from './reconnecting/connect.ts'
import { acknowledging, openAcknowledging } from './receipts.ts'
import { addTestament, flushTestaments } from './testament.ts'
import { openNetwork, ScriptedNetwork } from './testing/scripted-network.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

/** What plain JavaScript may hand over in the place of anything. */
const bad = (value: unknown): never => value as never
const nothing = (): void => undefined

const ARGS: [string, unknown][] = [
  ['a string', 'hello'],
  ['octets', new Uint8Array(2)],
  ['a number', 5],
  ['an object', { a: 1 }],
  ['a Set', new Set([1])],
]
const KWARGS: [string, unknown][] = [
  ['a list', [1]],
  ['a string', 'x'],
  ['a Map', new Map([['a', 1]])],
  ['a Date', new Date()],
]
const PAYLOADS: [string, unknown, unknown, string][] = [
  ...ARGS.map(([what, args]): [string, unknown, unknown, string] => [`args that are ${what}`, args, {}, 'args']),
  ...KWARGS.map(([what, kwargs]): [string, unknown, unknown, string] => [`kwargs that are ${what}`, [], kwargs, 'kwargs']),
]

async function refusal(ask: () => unknown): Promise<Error> {
  try {
    await ask()
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return error as Error
  }
  throw new Error('it was not refused')
}

describe.each(PAYLOADS)('%s', (_what, args, kwargs, name) => {
  it('are refused by session and client, in a session and without one, and nothing is sent', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const open = await openNetwork()
    const away = new ScriptedNetwork({ whileAway: 'wait' })
    const asks: (() => unknown)[] = [session, open.client, away.client].flatMap((each) => [
      () => each.call('com.example.a', bad(args), { kwargs: bad(kwargs) }),
      () => each.publish('com.example.a', bad(args), { kwargs: bad(kwargs) }),
      () => each.publish('com.example.a', bad(args), { kwargs: bad(kwargs), acknowledge: true }),
    ])
    asks.push(() => addTestament(session, 'com.example.a', bad(args), { kwargs: bad(kwargs) }))
    asks.push(() => session.openCall('com.example.a').send(bad(args), { kwargs: bad(kwargs) }))
    for (const ask of asks) expect((await refusal(ask)).message).toMatch(new RegExp(`^${name}: expected `))
    expect([router.take(), open.router.take(), await away.welcome()]).toEqual([[], [], []])
    expect(session.isOpen).toBe(true)
  })

  it('are left out of an ApplicationError, which goes without them', async () => {
    const told: unknown[] = []
    const { session, router } = await openScripted({ onError: (error) => told.push(error) })
    void session.register('com.example.a', () => {
      throw new ApplicationError('com.example.error', bad(args), bad(kwargs))
    })
    router.says([65, 1, 900], [68, 1, 900, {}])
    await turn()
    expect(router.take().at(-1)).toEqual([8, 68, 1, {}, 'com.example.error'])
    expect(told).toMatchObject([{ name: 'UsageError' }])
  })
})

it('null counts as absent', async () => {
  const { session, router } = await openScripted()
  const network = await openNetwork()
  for (const each of [session, network.client]) {
    void each.call('com.example.a', bad(null), bad(null))
    await each.publish('com.example.a', bad(null), { kwargs: bad(null), acknowledge: bad(null) })
  }
  const sent = [
    [48, 1, {}, 'com.example.a'],
    [16, 2, {}, 'com.example.a'],
  ]
  expect([router.take(), network.router.take()]).toEqual([sent, sent])
})

describe('options', () => {
  const REQUESTS: [string, (options: never) => unknown, string][] = []
  const add = async (): Promise<{ sent: () => unknown[] }> => {
    const { session, router } = await openScripted({ calls: calls() })
    const open = await openNetwork()
    const away = new ScriptedNetwork({ whileAway: 'wait' })
    for (const each of [session, open.client, away.client]) {
      REQUESTS.push(['discloseMee', (options) => each.call('com.example.a', [], options), "did you mean 'discloseMe'"])
      REQUESTS.push(['acknowlege', (options) => each.publish('com.example.a', [], options), "did you mean 'acknowledge'"])
      REQUESTS.push(['macth', (options) => each.subscribe('com.example.a', nothing, options), "did you mean 'match'"])
      REQUESTS.push(['invok', (options) => each.register('com.example.a', nothing, options), "did you mean 'invoke'"])
    }
    const early = await away.welcome()
    return { sent: () => [...router.take(), ...open.router.take(), ...early, ...away.router.take()] }
  }

  it('that are unknown, no dict, or of the wrong type are refused, with the nearest name', async () => {
    const { sent } = await add()
    for (const [name, ask, text] of REQUESTS) {
      expect((await refusal(() => ask(bad({ [name]: true })))).message).toBe(`unknown option '${name}'; ${text}?`)
      expect((await refusal(() => ask(bad('exact')))).message).toMatch(/^options: expected dict/)
    }
    const { session } = await openScripted({ calls: calls() })
    for (const [options, text] of [
      [{ cancelMode: 'abort' }, 'cancelMode'],
      [{ signal: {} }, 'signal'],
      [{ onProgress: 5 }, 'onProgress'],
      [{ timeout: 'soon' }, 'timeout'],
      [{ discloseMe: 'yes' }, 'discloseMe'],
    ] as const) {
      expect((await refusal(() => session.call('com.example.a', [], bad(options)))).message).toContain(text)
    }
    expect((await refusal(() => session.openCall('com.example.a').cancel(bad('stop')))).message).toContain('cancelMode')
    expect(sent()).toEqual([])
  })

  it('of a connection and of a client too', async () => {
    const realm = 'realm1'
    const url = 'ws://127.0.0.1:1/'
    for (const open of [openSession, createClient, connect])
      expect((await refusal(() => open(bad(url)))).message).toBe('options: expected dict')
    for (const open of [openSession, createClient, connect])
      expect((await refusal(() => open(bad({ urls: url, realm })))).message).toBe("unknown option 'urls'; did you mean 'url'?")
    expect((await refusal(() => createClient(bad({ url, realm, calls: calls() })))).message).toMatch(/^unknown option 'calls'/)
    expect((await refusal(() => openSession(bad({ url, realm, onErorr: nothing })))).message).toContain("did you mean 'onError'")
    for (const [name, value] of [
      ['onError', 'x'],
      ['serializer', 'json'],
      ['openTimeoutMs', '5s'],
      ['calls', true],
      ['realm', 5],
      ['authid', 5],
    ] as const)
      expect((await refusal(() => openSession(bad({ url, realm, [name]: value })))).message).toContain(name === 'realm' ? 'realm' : name)
    for (const urls of [undefined, 5, [], [5]])
      expect((await refusal(() => createClient(bad({ url: urls, realm })))).message).toMatch(/^url: /)
  })

  it.each([
    [{ whileAway: 5 }, 'whileAway: expected wait, fail or { timeoutMs }'],
    [{ whileAway: 'wiat' }, 'whileAway: expected wait, fail or { timeoutMs }'],
    [{ whileAway: { timeout: 5 } }, "unknown option 'timeout'; did you mean 'timeoutMs'?"],
    [{ whileAway: {} }, 'timeoutMs: expected number from 0 on'],
    [{ whileAway: { timeoutMs: '5' } }, 'timeoutMs: expected number from 0 on'],
    [{ backoff: { initial: 5 } }, "unknown option 'initial'; did you mean 'initialMs'?"],
    [{ backoff: { factor: '2' } }, 'factor: expected number from 0 on'],
    [{ silenceMs: NaN }, 'silenceMs: expected number from 0 on'],
    [{ waitForCallee: -1 }, 'waitForCallee: expected number from 0 on'],
  ])('of a client alone, also inside of others: %j', async (options, text) => {
    for (const open of [createClient, connect])
      expect((await refusal(() => open(bad({ url: 'ws://127.0.0.1:1/', realm: 'realm1', ...options })))).message).toBe(text)
  })

  it.each([
    [{ uriRule: 'lose' }, 'uriRule: expected loose or strict'],
    [{ errorUri: 'a b' }, "'a b' is no valid URI"],
    [{ serializer: {} }, 'serializer.encode: expected function'],
    [{ payloadCodec: {} }, 'payloadCodec.seal: expected function'],
    [{ auth: [{}] }, 'auth.run: expected function'],
    [{ auth: {} }, 'auth.run: expected function'],
    [{ openTimeoutMs: NaN }, 'openTimeoutMs: expected number from 0 on'],
  ])('of sessions and clients, by what is used of them: %j', async (options, text) => {
    for (const open of [openSession, createClient, connect])
      expect((await refusal(() => open(bad({ url: 'ws://127.0.0.1:1/', realm: 'realm1', ...options })))).message).toBe(text)
  })

  it.each([
    [{ tls: { cafile: 'ca.pem' } }, "tls: unknown option 'cafile'; expected ca, rejectUnauthorized, cert, key"],
    [{ tls: { rejectUnauthorized: 'no' } }, 'rejectUnauthorized: expected boolean'],
    [{ headers: { 'X-A': 5 } }, "headers['X-A']: expected string"],
    [{ headers: { 'X A': 'a' } }, "headers: 'X A' or its value is not allowed in HTTP"],
    [{ headers: { 'X-A': 'a\nb' } }, "headers: 'X-A' or its value is not allowed in HTTP"],
    [{ httpAgent: {} }, 'httpAgent: expected an Agent of node:http or node:https'],
  ])('of the way to a router, on every transport that has them: %j', async (options, text) => {
    const realm = 'realm1'
    const asks: (() => unknown)[] = [openSession, connect].map((open) => () => open(bad({ url: 'ws://127.0.0.1:1/', realm, ...options })))
    const { signal } = new AbortController()
    asks.push(() => openLongPoll('http://127.0.0.1:1/', bad({ serializer: json(), signal, ...options })))
    if ('tls' in options) asks.push(() => openSession(bad({ url: 'rss://127.0.0.1:1/', realm, ...options })))
    for (const ask of asks) expect((await refusal(ask)).message).toBe(text)
  })

  it.each([
    [{ signal: {} }, 'signal: expected an AbortSignal'],
    [{ signal: 5 }, 'signal: expected an AbortSignal'],
    [{ cancelMode: 'abort' }, 'cancelMode: expected one of'],
    [{ onProgress: 5 }, 'onProgress: expected '],
    [[], 'options: expected dict'],
    [nothing, 'options: expected dict'],
  ])('that are not sent, of calls, loops and chunks, in a session and without one: %o', async (options, text) => {
    const { session, router } = await openScripted({ calls: calls() })
    const open = await openNetwork()
    const away = new ScriptedNetwork({ whileAway: 'wait' })
    const asks: (() => unknown)[] = [open.client, away.client].flatMap((client) => [
      () => client.call('com.example.a', [], bad(options)),
      () => client.stream('com.example.a', [], bad(options)).result,
      () => client.send('com.example.a', [[1]], bad(options)),
    ])
    asks.push(() => stream(session, 'com.example.a', [], bad(options)).result)
    asks.push(() => send(session, 'com.example.a', [[1]], bad(options)))
    if ('signal' in options) asks.push(() => away.client.subscribe('com.example.a', bad(options)))
    for (const ask of asks) expect((await refusal(ask)).message).toContain(text)
    expect([router.take(), open.router.take(), await away.welcome()]).toEqual([[], [], []])
  })

  it('of a loop leave no further argument behind, nor a listener of their own', async () => {
    const { client } = new ScriptedNetwork({ whileAway: 'wait' })
    const further = 'one argument too many: keyword arguments are an option, { kwargs }'
    expect((await refusal(() => client.stream('com.example.a', [], {}, bad({ a: 1 })).result)).message).toBe(further)
    expect((await refusal(() => client.stream('com.example.a', [], bad({ onProgress: nothing })).result)).message).toContain('onProgress')
  })

  it('of chunks are looked at before they wait for a session', async () => {
    const { client } = new ScriptedNetwork({ whileAway: 'wait' })
    expect((await refusal(() => client.send('com.example.a', [[1]], bad({ timeot: 5 })))).message).toContain("did you mean 'timeout'")
  })

  it('handlers and listeners are functions', async () => {
    const { session, router } = await openScripted()
    const { client } = new ScriptedNetwork()
    for (const ask of [
      () => session.subscribe('com.example.a', bad(undefined)),
      () => session.register('com.example.a', bad({})),
      () => client.subscribe('com.example.a', bad('handler')),
      () => client.register('com.example.a', bad(null)),
    ])
      expect((await refusal(ask)).message).toBe('handler: expected function')
    expect((await refusal(() => client.onState(bad(5)))).message).toBe('listener: expected function')
    expect(router.take()).toEqual([])
  })

  it('handlers have one parameter, not one for args and one for kwargs', async () => {
    const { session } = await openScripted()
    const { client } = new ScriptedNetwork()
    const several = bad((args: unknown, kwargs: unknown) => [args, kwargs])
    const asks = [session, client].flatMap((each): (() => unknown)[] => [
      () => each.subscribe('com.example.a', several),
      () => each.register('com.example.a', several),
    ])
    for (const ask of asks) expect((await refusal(ask)).message).toBe('handler: expected one parameter, ({ args, kwargs, details })')
  })

  it('positional arguments are one list', async () => {
    const { client } = await openNetwork()
    expect((await refusal(() => client.call('com.example.a', bad(2), bad(3)))).message).toBe('args: expected list')
  })
})

describe('the other doors', () => {
  const never = { call: () => Promise.reject(new Error('it was sent')), subscribe: () => expect.fail('it was sent') }
  const { sessions, subscriptions, registrations, on } = meta(bad(never))
  const options = { serializer: bad({}), signal: new AbortController().signal }
  const opener = { openCall: () => expect.fail('it was sent') }
  const key = new Uint8Array(32)
  const keyFor = (): undefined => undefined

  it.each<[string, () => unknown]>([
    ['of', () => history(bad(never), bad(undefined)).next()],
    ['topic', () => history(bad(never), bad({})).next()],
    ['unknown option', () => history(bad(never), 1, bad({ lmit: 5 })).next()],
    ['fromTime', () => history(bad(never), 1, { fromTime: new Date('never') }).next()],
    ['untilTime', () => history(bad(never), 1, bad({ untilTime: '2026-01-01' })).next()],
    ['limit', () => history(bad(never), 1, { limit: NaN }).next()],
    ['pageSize', () => history(bad(never), 1, { pageSize: 0 }).next()],
    ['afterPublication', () => history(bad(never), 1, bad({ afterPublication: '5' })).next()],
    ['authroles', () => sessions.count(bad('staff'))],
    ['authroles', () => sessions.list(bad('staff'))],
    ['id', () => sessions.get(bad('5'))],
    ['id', () => sessions.kill(bad(undefined))],
    ['unknown option', () => sessions.kill(5, bad({ reson: 'com.example.reason' }))],
    ['authid', () => sessions.killByAuthid(bad(5))],
    ['authrole', () => sessions.killByAuthrole(bad(['staff']))],
    ['reason', () => sessions.killAll(bad({ reason: 5 }))],
    ['uri', () => subscriptions.lookup(bad(5))],
    ['uri', () => subscriptions.match(bad(undefined))],
    ['id', () => subscriptions.get(bad('5'))],
    ['uri', () => registrations.match(bad({}))],
    ['id', () => registrations.countCallees(bad(null))],
    ["did you mean 'join'", () => on(bad('joinn'), nothing)],
    ['handler', () => on('join', bad(undefined))],
    ['topic', () => addTestament(bad(never), bad(5))],
    ['unknown option', () => addTestament(bad(never), 'com.example.a', [], bad({ scop: 'detached' }))],
    ['scope', () => flushTestaments(bad(never), bad(5))],
    ['url', () => openAcknowledging(bad(undefined), options)],
    ['serializer', () => openAcknowledging('ws://127.0.0.1:1/', bad({}))],
    ['transport', () => acknowledging(bad('ws://127.0.0.1:1/'))],
    ['url', () => openLongPoll(bad(5), options)],
    ['signal', () => openLongPoll('http://127.0.0.1:1/', bad({ serializer: {} }))],
    ['unknown option', () => openLongPoll('http://127.0.0.1:1/', bad({ ...options, timeout: 5 }))],
    ['serializer', () => batched(bad('cbor'))],
    ['keys', () => encrypted(bad({ keyFor }))],
    ['keyFor', () => encrypted(bad({ keys: {} }))],
    ['cipher', () => encrypted(bad({ keys: {}, keyFor, cipher: 'rot13' }))],
    ["key 'k'", () => encrypted(bad({ keys: { k: 'x'.repeat(32) }, keyFor }))],
    ['unknown option', () => encrypted(bad({ keys: { key }, keyfor: keyFor }))],
    ['ticket', () => ticketAuth(bad(undefined))],
    ['token', () => jwtAuth(bad({}))],
    ['secret', () => craAuth(bad(5))],
    ['password', () => scramAuth(bad(undefined))],
    ['unknown option', () => scramAuth('pencil', bad({ dialekt: 'autobahn' }))],
    ['privateKey', () => cryptosignAuth(bad(key))],
    ['routerKeys', () => cryptosignAuth('00'.repeat(32), bad({ routerKeys: 'abc' }))],
    ['start', () => authMethod('com.example.pin', bad(undefined))],
    ['chunks', () => send(bad(opener), 'com.example.a', bad(5))],
  ])('refuse what cannot be %s, and ask nobody', async (text, ask) => {
    expect((await refusal(ask)).message).toContain(text)
  })

  it('refuse chunks that are none, and end the call', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const failing = await refusal(() => send(session, 'com.example.a', [[1], bad({ arg: [2] })]))
    expect(failing.message).toContain("did you mean 'args'")
    expect(router.take().map(([type]) => type)).toEqual([48, 49])
    expect((await refusal(() => stream(session, 'com.example.a', bad('x')).result)).message).toMatch(/^args/)
  })
})
