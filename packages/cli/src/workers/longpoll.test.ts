// Shows sessions over HTTP requests of which each comes to any of several workers.

import { Agent, request as httpRequest } from 'node:http'
import { cbor } from '@trunkline/client/cbor'
import { openLongPoll } from '@trunkline/client/longpoll'
import { msgpack } from '@trunkline/client/msgpack'
import type { Session } from '@trunkline/client'
import { json } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../../../../scripts/build-command.mjs'
import type { Routers } from '../testing/workers-scene.ts'
import { WorkersFolder, workersOf } from '../testing/workers-scene.ts'

const ROLES = '{ guest: [{ uri: com.**, allow: [call, register, publish, subscribe] }] }'
const { signal } = new AbortController()

let folder: WorkersFolder
let routers: Routers
let url: string

// Each request has a connection of its own, which any worker accepts.
const httpAgent = new Agent({ keepAlive: false })

async function open(serializer = json()): Promise<Session> {
  const transport = await openLongPoll(url, { serializer, signal, httpAgent })
  return openSession({ transport, realm: 'realm1', calls: calls() })
}

/** The status and the text of the answer to a request. */
function post(path: string, body: string | Uint8Array = ''): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}/${path}`, { method: 'POST', agent: httpAgent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => (text += part)).on('end', () => resolve([answer.statusCode, text]))
    })
      .on('error', reject)
      .end(body)
  })
}

async function openTransport(): Promise<string> {
  const [, text] = await post('open', '{"protocols":["wamp.2.json"]}')
  return (JSON.parse(text) as { transport: string }).transport
}

const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'

describe.skipIf(process.platform !== 'linux')('long-polling over several workers', () => {
  beforeAll(async () => {
    folder = await WorkersFolder.make(buildCommand)
    folder.configure(
      `workers: 3\nlisteners: [{ websocket: { host: 127.0.0.1, port: 0, longPoll: { path: /lp } } }]\n` +
        `realms: { realm1: { anonymous: { role: guest }, roles: ${ROLES} } }\n`,
    )
    routers = folder.start()
    url = (await routers.open()).replace('ws:', 'http:').replace(/\/ws$/, '/lp')
  })
  afterAll(() => {
    Child.killAll()
    folder.remove()
  })

  it.each([
    ['JSON', json],
    ['MessagePack', msgpack],
    ['CBOR', cbor],
  ])('calls, publishes and gets events in order with %s', async (_, serializer) => {
    const [session, other] = [await open(serializer()), await open(serializer())]
    const registration = await session.register('com.example.echo', ({ args }) => args[0])
    const seen: unknown[] = []
    let hasAll = (): void => {}
    const last = new Promise<void>((resolve) => {
      hasAll = resolve
    })
    await session.subscribe('com.example.topic', ({ args }) => {
      seen.push(args[0])
      if (args[0] === 99) hasAll()
    })
    for (let i = 0; i < 100; i++) void other.publish('com.example.topic', [i])
    await last
    expect(seen).toEqual(Array.from({ length: 100 }, (_each, i) => i))
    const long = 'é'.repeat(1_000_000)
    expect(await other.call('com.example.echo', [long])).toBe(long)
    await registration.unregister()
    await Promise.all([session.leave(), other.leave()])
  })

  it('does not know transports that no worker has', async () => {
    const id = await openTransport()
    expect(id).toMatch(/^worker-[012]\.[\w-]{32}$/)
    const [, random = ''] = id.split('.')
    const others = [0, 1, 2].map((i) => `worker-${i}.${random}`).filter((each) => each !== id)
    for (const wrong of [...others, `worker-9.${random}`, random, `${id}.x`, 'worker-1.', 'worker-1.%2e%2e', '..%2f..']) {
      for (let i = 0; i < 4; i++) expect((await post(`${wrong}/receive`))[0]).toBe(404)
    }
    for (let i = 0; i < 4; i++) expect((await post(`${id}/nonsense`))[0]).toBe(404)
    expect((await post(`${id}/close`))[0]).toBe(202)
    for (let i = 0; i < 4; i++) expect((await post(`${id}/receive`))[0]).toBe(404)
  })

  it('answers 413 to what is longer than a stranger may send, and goes on', async () => {
    const id = await openTransport()
    expect((await post(`${id}/send`, 'x'.repeat(3_000_000)))[0]).toBe(413)
    expect((await post(`${id}/send`, HELLO))[0]).toBe(202)
    expect((await post(`${id}/receive`))[1]).toContain('[2,')
    await post(`${id}/close`)
  })

  it('ends with the worker that has the connection', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, openTransport))
    const [victim = 0] = workersOf(routers.child.pid)
    process.kill(victim, 'SIGSTOP')
    const waiting = ids.map((id) => post(`${id}/receive`))
    process.kill(victim, 'SIGKILL')
    const [died] = await routers.logs('a worker died; its sessions are gone')
    await routers.logs('the worker was replaced')
    const lost = ids.filter((id) => id.startsWith(`${String(died?.['node'])}.`))
    for (const id of lost) expect((await post(`${id}/receive`))[0]).toBe(404)
    // Those that another worker had accepted are answered, as every other request to a transport that has ended.
    const answers = await Promise.allSettled(waiting.filter((_, i) => lost.includes(ids[i] ?? '')))
    for (const answer of answers) if (answer.status === 'fulfilled') expect(answer.value[0]).toBe(404)
    const left = ids.filter((id) => !lost.includes(id))
    for (const id of left) expect((await post(`${id}/close`))[0]).toBe(202)
  })
})
