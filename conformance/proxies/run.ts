// The command of this suite: for each proxy every transport, the addresses of clients, quiet connections; then a router that stops and a
// rolling restart of both.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent as PlainAgent } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect as connectSocket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient, json } from '@trunkline/client'
import { openLongPoll } from '@trunkline/client/longpoll'
import type { Session } from '@trunkline/client/session'
import { openSession } from '@trunkline/client/session'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { contract, procedure } from '@trunkline/contract'
import { z } from 'zod'
import type { ProxyName, Which } from './stage.ts'
import { QUIET_MS, Stage, until } from './stage.ts'

const REALM = 'com.example.shop'
const PROCEDURE = 'com.example.shop.price'
/** A call of it may be repeated when its session ended before the answer, since it changes nothing. */
const SHOP = contract(REALM, { price: procedure({ args: [z.number()], result: z.array(z.unknown()), idempotent: true }) })
/** A client lies about itself, and comes from an address of its own. */
const LIES = { 'x-forwarded-for': '203.0.113.66', forwarded: 'for=203.0.113.67' }
const CLIENTS = { ws: '127.0.0.31', longpoll: '127.0.0.32', rawsocket: '127.0.0.33', http: '127.0.0.35' } as const
const LARGE = 'x'.repeat(3_000_000)
const SERVICE_MS = 20_000

const stage = await Stage.open()
const tls = { ca: stage.certificate.cert }

function agent(localAddress: string): Agent {
  return new Agent({ localAddress, ca: tls.ca, keepAlive: true })
}

/** How often the access logs of both routers have named an address. */
function seen(address: string): number {
  return (['one', 'two'] as const).reduce((sum, which) => sum + stage.router(which).output.split(`"address":"${address}"`).length - 1, 0)
}

async function sawClient(address: string): Promise<void> {
  await until(`${address} is in the log`, () => seen(address) > 0)
  for (const lie of ['203.0.113.66', '203.0.113.67']) assert.equal(seen(lie), 0)
}

/** Calls, events and large messages there and back. */
async function works(session: Session): Promise<void> {
  const registration = await session.register(PROCEDURE, ({ args: [value] }) => value)
  assert.equal(await session.call(PROCEDURE, [42]), 42)
  assert.equal(await session.call(PROCEDURE, [LARGE]), LARGE)
  const events: unknown[] = []
  const subscription = await session.subscribe('com.example.shop.news', ({ args: [value] }) => void events.push(value))
  for (let i = 0; i < 20; i++) {
    await session.publish('com.example.shop.news', [i], { acknowledge: true, excludeMe: false })
    await until('the event is there', () => events.length > i)
  }
  assert.deepEqual(
    events,
    events.map((_, i) => i),
  )
  await subscription.unsubscribe()
  await registration.unregister()
}

function overWebSocket(proxy: ProxyName): Promise<Session> {
  return openSession({ url: stage.url(proxy, 'ws'), realm: REALM, headers: LIES, httpAgent: agent(CLIENTS.ws) })
}

async function overLongPoll(proxy: ProxyName): Promise<Session> {
  const url = stage.url(proxy, 'longpoll')
  const transport = await openLongPoll(url, {
    serializer: json(),
    signal: AbortSignal.timeout(10_000),
    tls,
    headers: LIES,
    httpAgent: agent(CLIENTS.longpoll),
  })
  return openSession({ transport, realm: REALM })
}

/** Publishes at both routers, since a stream is at one of them. */
async function publishAtBoth(topic: string, value: string): Promise<void> {
  for (const which of ['one', 'two'] as const) {
    const session = await openSession({ url: stage.direct(which), realm: REALM })
    await session.publish(topic, [value], { acknowledge: true })
    await session.leave()
  }
}

async function callByRequest(proxy: ProxyName, value: number): Promise<unknown> {
  const sent = httpsRequest(`${stage.url(proxy, 'api')}/call/${PROCEDURE}`, {
    method: 'POST',
    headers: { ...LIES, 'content-type': 'application/json' },
    agent: agent(CLIENTS.http),
  })
  sent.end(JSON.stringify([value]))
  const [response] = (await once(sent, 'response', { signal: AbortSignal.timeout(10_000) })) as [IncomingMessage]
  return JSON.parse(await text(response))
}

/** The status with which a request of long-poll is answered whose body never comes: only a router that got the rest of it can say. */
async function statusWithoutBody(proxy: ProxyName): Promise<number | undefined> {
  const sent = httpsRequest(`${stage.url(proxy, 'longpoll')}/nothing/send`, {
    method: 'POST',
    headers: { 'content-length': 1000 },
    ca: tls.ca,
  })
  sent.flushHeaders()
  const [{ statusCode }] = (await once(sent, 'response', { signal: AbortSignal.timeout(10_000) })) as [IncomingMessage]
  sent.on('error', () => undefined).destroy()
  return statusCode
}

/** RawSocket from an address of its own, octet by octet, which the client cannot. */
async function welcomeOverRawSocket(proxy: ProxyName): Promise<string> {
  const socket = connectSocket({ port: stage.rawSocketPort(proxy), host: '127.0.0.1', localAddress: CLIENTS.rawsocket })
  const hello = Buffer.from(JSON.stringify([1, REALM, { roles: { caller: {} } }]))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(hello.length)
  socket.write(Buffer.concat([Buffer.from([0x7f, 0xf1, 0, 0]), head, hello]))
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (answer.includes('"roles"')) break
  }
  return answer
}

/** Both services of a procedure, each at a router of its own as services are that stay behind the proxy. */
function services(delayMs: number): { stop(): Promise<void> } {
  const running = (['one', 'two'] as const).map((which) => {
    const client = createClient({
      url: stage.direct(which),
      realm: REALM,
      backoff: { initialMs: 50, maxMs: 200 },
      onError: () => undefined,
    })
    client.register(PROCEDURE, async ({ args: [value] }) => {
      await pause(delayMs)
      return [which, value]
    })
    return client
  })
  return {
    stop: async () => {
      await Promise.all(running.map((client) => client.stop()))
    },
  }
}

async function restart(which: Which): Promise<void> {
  assert.equal(await stage.router(which).stop('SIGTERM'), 0)
  await stage.startRouter(which)
}

function throughProxy(proxy: ProxyName): Step[] {
  return [
    [
      `${proxy}: WebSocket, and the address of the client, whatever it says of itself`,
      async () => {
        const session = await overWebSocket(proxy)
        await works(session)
        await sawClient(CLIENTS.ws)
        await session.leave()
      },
    ],
    [
      `${proxy}: long-poll, and the address of the client`,
      async () => {
        const session = await overLongPoll(proxy)
        await works(session)
        await sawClient(CLIENTS.longpoll)
        await session.leave()
      },
    ],
    [`${proxy}: a request of long-poll is at the router before its body`, async () => assert.equal(await statusWithoutBody(proxy), 404)],
    [
      `${proxy}: RawSocket, and the address of the client by the PROXY protocol`,
      async () => {
        assert.match(await welcomeOverRawSocket(proxy), /\[2,\d+,/)
        await sawClient(CLIENTS.rawsocket)
      },
    ],
    [
      `${proxy}: calls by plain requests, and the address of the client`,
      async () => {
        const both = services(0)
        await until('a service is there', async () => {
          const { args } = (await callByRequest(proxy, 42)) as { readonly args?: readonly unknown[] }
          return (args?.[0] as readonly unknown[] | undefined)?.[1] === 42
        })
        await sawClient(CLIENTS.http)
        await both.stop()
      },
    ],
    [
      `${proxy}: a stream of events brings each as it comes, and stays open when it is quiet`,
      async () => {
        const topic = 'com.example.shop.news'
        const sent = httpsRequest(`${stage.url(proxy, 'api')}/events?topic=${topic}`, { ca: tls.ca }).end()
        const [response] = (await once(sent, 'response', { signal: AbortSignal.timeout(10_000) })) as [IncomingMessage]
        let seen = ''
        response.on('data', (chunk: Buffer) => (seen += String(chunk)))
        await until('the stream has begun', () => seen.includes('event: ready'))
        for (const value of ['first', 'second']) {
          await publishAtBoth(topic, value)
          await until(`the ${value} event is there`, () => seen.includes(value))
        }
        await pause(QUIET_MS * 2)
        await publishAtBoth(topic, 'third')
        await until('the third event is there', () => seen.includes('third'))
        sent.destroy()
      },
    ],
    [
      `${proxy}: a quiet WebSocket stays open beyond the time limit of the proxy, because the router pings it`,
      async () => {
        const session = await overWebSocket(proxy)
        await Promise.race([session.closed, pause(QUIET_MS * 2)])
        assert.equal(await session.call(PROCEDURE, [1]).catch(({ uri }: { uri?: string }) => uri), 'wamp.error.no_such_procedure')
        await session.leave()
      },
    ],
    [
      `${proxy}: both routers are restarted in turn, and no call of a client that reconnects fails`,
      async () => {
        const both = services(5)
        const client = createClient({
          url: stage.url(proxy, 'ws'),
          realm: REALM,
          tls,
          waitForCallee: SERVICE_MS,
          whileAway: { timeoutMs: SERVICE_MS },
          backoff: { initialMs: 20, maxMs: 100 },
          onError: () => undefined,
        })
        const shop = client.use(SHOP, { retry: true })
        const answers = new Map<unknown, number>()
        let isOver = false
        const calling = (async () => {
          for (let i = 0; !isOver; i++) {
            const [which, value] = await shop.price(i)
            assert.equal(value, i)
            answers.set(which, (answers.get(which) ?? 0) + 1)
          }
        })()
        const restarting = (async () => {
          await until('there are calls', () => answers.size > 0)
          for (const which of ['one', 'two', 'one'] as const) {
            await restart(which)
            const before = [...answers.values()].reduce((sum, each) => sum + each, 0)
            await until('calls go on', () => [...answers.values()].reduce((sum, each) => sum + each, 0) > before + 20)
          }
        })()
        await Promise.race([restarting, calling])
        isOver = true
        await calling
        assert.equal(answers.size, 2)
        await client.stop()
        await both.stop()
      },
    ],
  ]
}

const steps: Step[] = [
  ...throughProxy('HAProxy'),
  ...throughProxy('nginx'),
  [
    'HAProxy takes out a router that stops, whose open call still gets its answer',
    async () => {
      await until('both are up', async () => (await stage.statusAtHAProxy('one')) === 'UP' && (await stage.statusAtHAProxy('two')) === 'UP')
      const session = await openSession({ url: stage.direct('one'), realm: REALM })
      let finish = (_: string): void => undefined
      await session.register(PROCEDURE, () => new Promise<string>((resolve) => (finish = resolve)))
      const open = session.call(PROCEDURE)
      await until('it is ready', async () => (await stage.readiness('one')) === 200)
      stage.router('one').kill('SIGTERM')
      await until('it says that it is not', async () => (await stage.readiness('one')) === 503)
      await until('HAProxy knows', async () => (await stage.statusAtHAProxy('one')) === 'DOWN')
      const before = stage.router('two').output.split('"joined"').length
      for (let i = 0; i < 5; i++) await (await overWebSocket('HAProxy')).leave()
      await until('all are at the other router', () => stage.router('two').output.split('"joined"').length === before + 5)
      finish('late, and not lost')
      assert.equal(await open, 'late, and not lost')
      assert.equal(await stage.router('one').ended, 0)
      await stage.startRouter('one')
      await until('HAProxy takes it back', async () => (await stage.statusAtHAProxy('one')) === 'UP')
    },
  ],
  [
    'a router believes Forwarded of a trusted proxy, and no header of anyone else',
    async () => {
      const headers = { forwarded: 'for=198.51.100.7' }
      await (await openSession({ url: stage.direct('one'), realm: REALM, headers })).leave()
      await until('the address is in the log', () => seen('198.51.100.7') > 0)
      const before = seen('198.51.100.7')
      const stranger = await openSession({
        url: stage.direct('one'),
        realm: REALM,
        headers,
        httpAgent: new PlainAgent({ localAddress: '127.0.0.34' }),
      })
      await stranger.leave()
      await until('the stranger is in the log', () => seen('127.0.0.34') > 0)
      assert.equal(seen('198.51.100.7'), before)
    },
  ],
]

await stage.startProxy('HAProxy')
await stage.startProxy('nginx')
const { passed, failed } = await runSteps(steps).finally(() => stage.close())
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
