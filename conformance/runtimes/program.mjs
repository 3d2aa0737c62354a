// What an application does with the client, in any runtime: program.mjs WEBSOCKET-URL RAWSOCKET-URL. Ends with "N passed, M failed".

import { ApplicationError, connect } from '@trunkline/client'
import { craAuth, ticketAuth } from '@trunkline/client/auth'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'
import { contract, procedure } from '@trunkline/contract'

const [webSocket, rawSocket] = globalThis.process.argv.slice(2)
let passed = 0
let failed = 0

async function test(title, body) {
  try {
    await body()
    passed++
  } catch (error) {
    failed++
    console.log(`FAILED ${title}:`, error)
  }
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
  for (const url of [webSocket, rawSocket]) {
    await test(`calls and events with ${name} by ${url}`, () =>
      withClient({ url, ...(serializer && { serializer }) }, async (client) => {
        await client.register('com.example.add', ({ args: [a, b] }) => a + b)
        equal(await client.call('com.example.add', [2, 3]), 5)
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
      }))
  }
}

await test('an error of a procedure has its URI', () =>
  withClient({ url: webSocket }, async (client) => {
    await client.register('com.example.fail', () => {
      throw new ApplicationError('com.example.error.sold_out', ['no pears'])
    })
    const error = await client.call('com.example.fail').catch((reason) => reason)
    equal([error instanceof ApplicationError, error.uri, error.args], [true, 'com.example.error.sold_out', ['no pears']])
  }))

await test('progressive results come in a loop', () =>
  withClient({ url: webSocket }, async (client) => {
    await client.register('com.example.count', async ({ args: [to], progress }) => {
      for (let i = 1; i <= to; i++) await progress?.(i)
      return 'done'
    })
    const seen = []
    for await (const each of client.stream('com.example.count', [3])) seen.push(each)
    equal(seen, [1, 2, 3])
  }))

await test('a call is cancelled by a signal, and limited in time', () =>
  withClient({ url: webSocket }, async (client) => {
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
  await test(`logs in as ${authid}`, () =>
    withClient({ url: webSocket, authid, auth }, async (client) => equal((await client.session()).details.authid, authid)))
}

await test('a wrong ticket is refused with its reason', async () => {
  const error = await connect({ url: webSocket, realm: 'realm1', authid: 'joe', auth: ticketAuth('wrong') }).catch((reason) => reason)
  equal(error.reason, 'wamp.error.authentication_denied')
})

await test('the client comes back, with its declarations, when its session was killed', () =>
  withClient({ url: webSocket, backoff: { initialMs: 10 } }, async (client) => {
    await client.register('com.example.back', () => 'again')
    const session = await client.session()
    const killed = new Promise((resolve) => client.onState(({ status }) => status === 'waiting' && resolve()))
    await withClient({ url: webSocket }, async (other) => {
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

await test('the callee of a contract checks what comes in', () =>
  withClient({ url: webSocket }, async (client) => {
    const shop = contract('com.example.shop', { weight: procedure({ args: (name = text) => [name], result: text }) })
    await client.implement(shop, { weight: (name) => `${name.length} g` })
    equal(await client.use(shop).weight('pear'), '4 g')
    equal(await client.call('com.example.shop.weight', [4]).catch(({ uri }) => uri), 'wamp.error.invalid_argument')
  }))

console.log(`${passed} passed, ${failed} failed`)
globalThis.process.exit(failed === 0 ? 0 : 1)
