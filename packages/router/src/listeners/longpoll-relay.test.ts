// Shows what becomes of requests that come to another process than the one with their transport, with two routers in one process.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Router } from '../router.ts'
import { createRouter } from '../router.ts'
import { LongPollRelay, sayTaken } from './longpoll-relay.ts'

const NODES = ['a', 'b', 'dead', 'fake']
const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'

interface Process {
  readonly router: Router
  readonly relay: LongPollRelay
  readonly url: string
}

let folder: string
let a: Process
let b: Process
let fake: Server | undefined

async function start(node: string): Promise<Process> {
  const router = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [] } } } })
  const relay = await LongPollRelay.open({ node, nodes: NODES, folder })
  const longPoll = { path: '/lp', relay: relay.at('listeners[0]') }
  const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0, paths: [], longPoll })
  return { router, relay, url: `${address.replace(/\/$/, '')}/lp` }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'relay-'))
  a = await start('a')
  b = await start('b')
})
afterEach(async () => {
  for (const { router, relay } of [a, b]) {
    await router.close()
    relay.close()
  }
  fake?.close().closeAllConnections()
  fake = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A request that is open. */
function post({ url }: Process, path: string) {
  const request = httpRequest(`${url}/${path}`, { method: 'POST', agent: false })
  const answer = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject))
  return { request, answer }
}

async function say(at: Process, path: string, body = ''): Promise<readonly [number | undefined, string]> {
  const { request, answer } = post(at, path)
  request.end(body)
  const { statusCode } = await answer
  let text = ''
  for await (const part of (await answer).setEncoding('utf8')) text += String(part)
  return [statusCode, text]
}

async function open(at: Process): Promise<string> {
  return (JSON.parse((await say(at, 'open', '{"protocols":["wamp.2.json"]}'))[1]) as { transport: string }).transport
}

/** What the listener of a process holds for clients that have not logged in. */
const strangers = ({ router }: Process): number => router.load.connectionsBeforeLogin

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await nextTurn()
}

it('goes on with each request at any of them', async () => {
  const id = await open(a)
  expect(id).toMatch(/^a\.[\w-]{32}$/)
  expect((await say(b, `${id}/send`, HELLO))[0]).toBe(202)
  expect((await say(b, `${id}/receive`))[1]).toContain('[2,')
  expect((await say(a, `${id}/close`))[0]).toBe(202)
  expect((await say(b, `${id}/receive`))[0]).toBe(404)
})

it('counts a request to the strangers until the other says that its session is open', async () => {
  const id = await open(a)
  const { request, answer } = post(b, `${id}/receive`)
  request.end()
  await until(() => strangers(b) === 1)
  await say(b, `${id}/send`, HELLO)
  expect((await answer).statusCode).toBe(200)
  const held = post(b, `${id}/receive`)
  held.request.end()
  const body = post(b, `${id}/send`)
  body.request.write('[')
  await until(() => strangers(b) === 0)
  body.request.end('48,1,{},"com.example.none"]')
  expect((await body.answer).statusCode).toBe(202)
  expect((await held.answer).statusCode).toBe(200)
})

it('ends at the other with its client', async () => {
  const id = await open(a)
  await say(a, `${id}/send`, HELLO)
  await say(a, `${id}/receive`)
  const { request, answer } = post(b, `${id}/receive`)
  answer.catch(() => undefined)
  request.end()
  while ((await say(b, `${id}/send`, 'nothing'))[0] !== 400);
  request.destroy()
  // The ABORT is still to be had: the request that is gone has not taken it.
  let found = ''
  while (found === '') {
    const [status, text] = await say(b, `${id}/receive`)
    expect([200, 404, 409]).toContain(status)
    if (status !== 409) found = text
  }
  expect(found).toBeTruthy()
})

it('sends no octet of a body before the other takes it, and answers 404 where that process ends', async () => {
  let octets = 0
  fake = createServer((request) => void request.on('data', (part: Buffer) => void (octets += part.length)))
  await once(fake.listen(join(folder, 'fake.http')), 'listening')
  const asked = once(fake, 'request') as Promise<[IncomingMessage]>
  const { request, answer } = post(b, `fake.${'x'.repeat(32)}/send`)
  request.write('x'.repeat(1_000))
  const [passed] = await asked
  for (let i = 0; i < 20; i++) await nextTurn()
  expect([octets, strangers(b)]).toEqual([0, 1])
  passed.socket.destroy()
  expect((await answer).statusCode).toBe(404)
  request.end()
})

it.each(['\ud800', 'user Grüße %', ''])('passes on what is said of the holder %j, whatever it is', async (holder) => {
  fake = createServer((request, response) => {
    sayTaken(response, holder)
    request.resume().on('end', () => response.end('there'))
  })
  await once(fake.listen(join(folder, 'fake.http')), 'listening')
  expect(await say(b, `fake.${'x'.repeat(32)}/receive`)).toEqual([200, 'there'])
})

it.each(['dead', 'nobody', 'b'])('answers 404 to transports of %s', async (node) => {
  expect((await say(b, `${node}.${'x'.repeat(32)}/receive`))[0]).toBe(404)
})
