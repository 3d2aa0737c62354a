// What an application does with the client, in any runtime.

import { ApplicationError, connect } from '@trunkline/client'
import { craAuth, ticketAuth } from '@trunkline/client/auth'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'
import { contract, procedure } from '@trunkline/contract'

const WAYS = ['WebSocket', 'RawSocket']
const tests = []

/** @param body takes the URL of a router by `way` */
function test(title, body, way = 'WebSocket') {
  tests.push({ title, body, way })
}

/**
 * Runs every test, and resolves with the counts and a line for each failure.
 * @param {string[]} urls a router by WebSocket, and by RawSocket if the runtime has it
 */
export async function run(urls) {
  const outcome = { passed: 0, failed: 0, lines: [] }
  for (const { title, body, way } of tests) {
    const url = urls[WAYS.indexOf(way)]
    if (url === undefined) continue
    try {
      await body(url)
      outcome.passed++
    } catch (error) {
      outcome.failed++
      outcome.lines.push(`FAILED ${title}: ${String(error?.stack ?? error)}`)
    }
  }
  return outcome
}

function equal(value, expected) {
  const [a, b] = [value, expected].map((each) => JSON.stringify(each))
  if (a !== b) throw new Error(`${a} in place of ${b}`)
}

async function withClient(options, body) {
  const client = await connect({ realm: 'realm1', openTimeoutMs: 5000, ...options })
  try {
    await body(client)
  } finally {
    await client.stop()
  }
}

const serializers = { json: undefined, msgpack: msgpack(), cbor: cbor() }
for (const [name, serializer] of Object.entries(serializers)) {
  for (const way of WAYS) {
    const callsAndEvents = (url) =>
      withClient({ url, ...(serializer && { serializer }) }, async (client) => {
        await client.register('com.example.sum', ({ args: [a, b] }) => a + b)
        equal(await client.call('com.example.sum', [2, 3]), 5)
        const big = 'é'.repeat(200_000)
        await client.register('com.example.echo', ({ args: [value] }) => value)
        equal((await client.call('com.example.echo', [big])) === big, true)
        const octets = await client.call('com.example.echo', [Uint8Array.of(0, 1, 255)])
        equal([...octets], [0, 1, 255])
        const seen = new Promise((resolve) => void client.subscribe('com.example.news', ({ args }) => resolve(args)))
        const other = await connect({ realm: 'realm1', url })
        await other.publish('com.example.news', ['hello'], { acknowledge: true })
        await other.stop()
        equal(await seen, ['hello'])
      })
    test(`calls and events with ${name} by ${way}`, callsAndEvents, way)
  }
}

test('an error of a procedure has its URI', (url) =>
  withClient({ url }, async (client) => {
    await client.register('com.example.fail', () => {
      throw new ApplicationError('com.example.error.sold_out', ['no pears'])
    })
    const error = await client.call('com.example.fail').catch((reason) => reason)
    equal([error instanceof ApplicationError, error.uri, error.args], [true, 'com.example.error.sold_out', ['no pears']])
  }))

test('progressive results come in a loop', (url) =>
  withClient({ url }, async (client) => {
    await client.register('com.example.count', async ({ args: [to], progress }) => {
      for (let i = 1; i <= to; i++) await progress?.(i)
      return 'done'
    })
    const seen = []
    for await (const each of client.stream('com.example.count', [3])) seen.push(each)
    equal(seen, [1, 2, 3])
  }))

test('a call is cancelled by a signal, and limited in time', (url) =>
  withClient({ url }, async (client) => {
    await client.register(
      'com.example.hang',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const leaving = new AbortController()
    const cancelled = client.call('com.example.hang', [], { signal: leaving.signal }).catch(() => 'cancelled')
    await client.session()
    leaving.abort()
    equal(await cancelled, 'cancelled')
    equal(await client.call('com.example.hang', [], { timeout: 50 }).catch(({ uri }) => uri), 'wamp.error.timeout')
  }))

for (const [authid, auth] of Object.entries({ joe: ticketAuth('a ticket'), ann: craAuth('a secret') })) {
  test(`logs in as ${authid}`, (url) =>
    withClient({ url, authid, auth }, async (client) => equal((await client.session()).details.authid, authid)))
}

test('a wrong ticket is refused with its reason', async (url) => {
  const error = await connect({ url, realm: 'realm1', authid: 'joe', auth: ticketAuth('wrong') }).catch((reason) => reason)
  equal(error.reason, 'wamp.error.authentication_denied')
})

test('the client comes back, with its declarations, when its session was killed', (url) =>
  withClient({ url, backoff: { initialMs: 10 } }, async (client) => {
    await client.register('com.example.back', () => 'again')
    const session = await client.session()
    const killed = new Promise((resolve) => client.onState(({ status }) => status === 'waiting' && resolve()))
    await withClient({ url }, async (other) => {
      await other.call('wamp.session.kill', [session.id], { kwargs: { reason: 'wamp.error.killed' } })
      await killed
      equal(await other.call('com.example.back', [], { waitForCallee: 5000 }), 'again')
    })
  }))

/** A schema by hand, as any library that speaks Standard Schema gives it. */
const text = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (value) => (typeof value === 'string' ? { value } : { issues: [{ message: 'expected a text' }] }),
  },
}

test('the callee of a contract checks what comes in', (url) =>
  withClient({ url }, async (client) => {
    const shop = contract('com.example.shop', { weight: procedure({ args: (name = text) => [name], result: text }) })
    await client.implement(shop, { weight: (name) => `${name.length} g` })
    equal(await client.use(shop).weight('pear'), '4 g')
    equal(await client.call('com.example.shop.weight', [4]).catch(({ uri }) => uri), 'wamp.error.invalid_argument')
  }))
