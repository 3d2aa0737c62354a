// Measures the door for HTTP: calls by 64 connections that stay open, to a callee that answers with what it got, beside the same calls over
// WebSocket. Figures are requests in a second of the router's processor time; and
// the resident memory of each of 5,000 streams of events with an event a second. Run: npx tsx --conditions=trunkline-source bench/http.bench.ts [seconds].
// It must never use another network than loopback.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect as connectTo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connect } from '@trunkline/client'
import { createRouter } from '@trunkline/router'
import type { Ready, Usage } from './usage.ts'
import { report } from './usage.ts'

const CONNECTIONS = 64
const WARM_UP_MS = 1_500
const PROCEDURE = 'bench.echo'
const STREAMS = 5_000
/** What is made once is there before it is measured. */
const FIRST_STREAMS = 200

/** The router, in a process of its own. */
async function serve(): Promise<void> {
  const roles = { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] }
  const router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles } } })
  const listener = await router.listenHttp({ host: '127.0.0.1', port: 0, http: { path: '/', realm: 'realm1' } })
  report({ port: Number(new URL(listener.address).port), rawSocketPort: 0, path: '/ws' })
}

async function measure(ms: number): Promise<void> {
  const router = fork(fileURLToPath(import.meta.url))
  const [{ port }] = (await once(router, 'message')) as [Ready]
  const used = async (): Promise<number> => {
    router.send('usage')
    const [{ cpuSeconds }] = (await once(router, 'message')) as [Usage]
    return cpuSeconds
  }
  const url = `ws://127.0.0.1:${port}/ws`
  const callee = await connect({ url, realm: 'realm1' })
  await callee.register(PROCEDURE, ({ args }) => args[0])
  const caller = await connect({ url, realm: 'realm1' })
  const byHttp = await rate(used, ms, await Promise.all(Array.from({ length: CONNECTIONS }, () => HttpCaller.open(port))))
  const byWamp = await rate(
    used,
    ms,
    Array.from({ length: CONNECTIONS }, () => ({ call: () => caller.call(PROCEDURE, ['0123456789abcdef']) })),
  )
  const text = (figure: number): string => `${Math.round(figure).toLocaleString('en')}/cpu-s`
  console.log(
    `calls, ${CONNECTIONS} connections   http ${text(byHttp)}   websocket ${text(byWamp)}   ratio ${(byHttp / byWamp).toFixed(2)}`,
  )
  router.kill()
  console.log(`stream of events, of ${STREAMS}   ${((await memoryOfStreams()) / 1_024).toFixed(1)} KiB`)
  process.exit()
}

/** Resident octets of a new router for each stream, while each gets an event a second. */
async function memoryOfStreams(): Promise<number> {
  const router = fork(fileURLToPath(import.meta.url))
  const [{ port }] = (await once(router, 'message')) as [Ready]
  const resident = async (): Promise<number> => {
    router.send('usage')
    const [{ residentBytes }] = (await once(router, 'message')) as [Usage]
    return residentBytes
  }
  const publisher = await connect({ url: `ws://127.0.0.1:${port}/ws`, realm: 'realm1' })
  let received = 0
  const open = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const socket = connectTo({ port, host: '127.0.0.1' })
      socket.write('GET /events?topic=bench.tick HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await once(socket, 'data')
      socket.on('data', (octets: Buffer) => (received += octets.toString('latin1').split('"topic"').length - 1))
    }
  }
  const tick = async (seconds: number, streams: number): Promise<void> => {
    const expected = received + seconds * streams
    for (let i = 0; i < seconds; i++) {
      await publisher.publish('bench.tick', ['0123456789abcdef'])
      await pause(1_000)
    }
    while (received < expected) await pause(100)
  }
  await open(FIRST_STREAMS)
  await tick(2, FIRST_STREAMS)
  const before = await resident()
  await open(STREAMS)
  await tick(5, FIRST_STREAMS + STREAMS)
  return ((await resident()) - before) / STREAMS
}

interface Caller {
  call(): Promise<unknown>
}

/** Calls in a second of the router's processor time, of callers with one open call each. */
async function rate(used: () => Promise<number>, ms: number, callers: readonly Caller[]): Promise<number> {
  let [count, isOver] = [0, false]
  const calling = callers.map(async (caller) => {
    while (!isOver) {
      await caller.call()
      count++
    }
  })
  await pause(WARM_UP_MS)
  const [countThen, usedThen] = [count, await used()]
  await pause(ms)
  const figure = (count - countThen) / ((await used()) - usedThen)
  isOver = true
  await Promise.all(calling)
  return figure
}

const BODY = '["0123456789abcdef"]'
const REQUEST = `POST /call/${PROCEDURE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`
const EXPECTED = '{"args":["0123456789abcdef"]}'

/** One connection, with one request at a time. */
class HttpCaller implements Caller {
  readonly #socket: Socket
  #got = ''
  #onAnswer: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (octets: Buffer) => {
      this.#got += octets.toString('latin1')
      if (!this.#got.includes('\r\n\r\n{')) return
      if (!this.#got.endsWith(EXPECTED)) throw new Error(`a wrong answer: ${this.#got}`)
      this.#got = ''
      this.#onAnswer()
    })
  }

  static async open(port: number): Promise<HttpCaller> {
    const socket = connectTo({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new HttpCaller(socket)
  }

  call(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = resolve
      this.#socket.write(REQUEST)
    })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

if (process.send === undefined) await measure(Number(process.argv[2] ?? 3) * 1_000)
else await serve()
