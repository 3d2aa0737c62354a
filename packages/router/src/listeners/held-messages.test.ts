// Shows that the rate of messages holds within what came at once, over real sockets, and that nothing of it is lost or out of order.

import { createRouter } from '@trunkline/router'
import type { Router, Visit } from '@trunkline/router'
import { ALLOW_ALL } from '@trunkline/testkit'
import { ManualClock } from '@trunkline/testing/ports'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BareClient, OpenBareClient, SocketClient } from '../testing/bare-clients.ts'
import { BARE_CLIENTS, RawSocketClient, WebSocketClient, webSocketFrame } from '../testing/bare-clients.ts'

/** What goes through at once: the burst, and the one by which it is passed. */
const AT_ONCE = 11
const HELLO = [1, 'realm1', { roles: { publisher: {}, subscriber: {} } }]
const GOODBYE = [6, {}, 'wamp.close.close_realm']

let clock: ManualClock
let router: Router
let port: number
let visits: Visit[]
let onVisit: () => void
const clients: BareClient[] = []

beforeEach(async () => {
  clock = new ManualClock()
  visits = []
  onVisit = () => {}
  const limits = { messageRate: { perSecond: 10, burst: 10 } }
  const access = (visit: Visit): void => {
    visits.push(visit)
    onVisit()
  }
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL }, limits } }, clock, access })
  const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0, rawSocket: true, longPoll: { path: '/lp' } })
  port = Number(new URL(address).port)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.leave()
  await router.close()
})

const publications = (from: number, to: number): unknown[][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [16, from + i, { acknowledge: true }, 'a'])

/** Joins, and forgets the WELCOME. */
async function join<Client extends BareClient>(opening: Promise<Client>): Promise<Client> {
  const client = await opening
  clients.push(client)
  client.say(HELLO)
  await client.has(1)
  client.received.length = 0
  return client
}

/** Gives the router turns in which it could do more than it may. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

/** Waits until the router has handed on what it may, and no more than that. */
async function isHeldAt(client: BareClient, count: number): Promise<void> {
  await client.has(count)
  await someTurns()
  expect([client.received.length, router.counters.publicationsRouted]).toEqual([count, count])
}

/** Lets time pass in which the rate allows ten messages. */
function pass(): void {
  clock.advance(1_000)
  router.tick()
}

/** Lets time pass until this number of messages has come in total. */
async function passUntil(client: BareClient, count: number): Promise<void> {
  while (client.received.length < count) {
    const next = Math.min(client.received.length + 10, count)
    pass()
    await client.has(next)
  }
}

/** Resolves when a session has left. */
async function left(): Promise<Visit> {
  for (;;) {
    const visit = visits.find(({ event }) => event === 'left')
    if (visit !== undefined) return visit
    await new Promise<void>((resolve) => (onVisit = resolve))
  }
}

const requests = ({ received }: BareClient): unknown[] => received.map(([type, request]) => (type === 17 ? request : type))
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const SOCKETS: readonly (readonly [string, () => Promise<SocketClient>])[] = [
  ['a WebSocket', () => WebSocketClient.open(port)],
  ['RawSocket', () => RawSocketClient.open(port)],
]

describe('3,000 messages at once', () => {
  it.each(BARE_CLIENTS)('as %s are handed on at the rate that may be, in order', async (_, open: OpenBareClient) => {
    const client = await join(open(port))
    client.say(...publications(1, 3_000))
    await isHeldAt(client, AT_ONCE)
    for (let second = 1; second <= 3; second++) {
      pass()
      await isHeldAt(client, AT_ONCE + 10 * second)
    }
    await passUntil(client, 3_000)
    expect(requests(client)).toEqual(numbers(1, 3_000))
  })

  it.each(BARE_CLIENTS)('as %s do not keep another session waiting', async (_, open) => {
    const [loud, quiet] = [await join(open(port)), await join(open(port))]
    loud.say(...publications(1, 3_000))
    await loud.has(AT_ONCE)
    quiet.say(...publications(1, 5))
    await quiet.has(5)
    expect(loud.received.length).toBe(AT_ONCE)
  })
})

describe.each(SOCKETS)('what is held of octets of %s', (_, open) => {
  it('is handed on before what came later, also where it ends within a frame', async () => {
    const client = await join(open())
    const octets = client.frames(...publications(1, 30))
    const cut = octets.length - 20
    client.socket.write(octets.subarray(0, cut))
    await isHeldAt(client, AT_ONCE)
    client.socket.write(octets.subarray(cut))
    client.say(...publications(31, 40))
    await passUntil(client, 40)
    expect(requests(client)).toEqual(numbers(1, 40))
  })

  it('may hold the end of the session, and another session behind it', async () => {
    const client = await join(open())
    client.say(...publications(1, 30), GOODBYE, HELLO, ...publications(1, 3))
    await isHeldAt(client, AT_ONCE)
    expect(visits.map(({ event }) => event)).toEqual(['joined'])
    await passUntil(client, 35)
    expect(requests(client)).toEqual([...numbers(1, 30), 6, 2, 1, 2, 3])
  })

  it('is handed on before the connection ends that its peer has ended', async () => {
    const client = await join(open())
    client.socket.end(client.frames(...publications(1, 30)))
    await isHeldAt(client, AT_ONCE)
    expect(visits.map(({ event }) => event)).toEqual(['joined'])
    await passUntil(client, 30)
    pass()
    await Promise.all([left(), client.ended])
    expect(requests(client)).toEqual(numbers(1, 30))
  })

  it('may be the end of the stream alone', async () => {
    const client = await join(open())
    client.socket.end(client.frames(...publications(1, AT_ONCE)))
    await isHeldAt(client, AT_ONCE)
    expect(visits.map(({ event }) => event)).toEqual(['joined'])
    pass()
    await Promise.all([left(), client.ended])
    expect(requests(client)).toEqual(numbers(1, AT_ONCE))
  })

  it('is dropped when the connection breaks', async () => {
    const client = await join(open())
    client.say(...publications(1, 30))
    await isHeldAt(client, AT_ONCE)
    client.socket.resetAndDestroy()
    await left()
    pass()
    await someTurns()
    expect(router.counters.publicationsRouted).toBe(AT_ONCE)
  })

  it('is passed over when the router ends the session, but for the answer to its GOODBYE', async () => {
    const client = await join(open())
    client.say(...publications(1, 30), [6, {}, 'wamp.close.goodbye_and_out'])
    await isHeldAt(client, AT_ONCE)
    router.removeRealm('realm1')
    await client.saidGoodbye()
    expect([requests(client).at(-1), router.counters.publicationsRouted]).toEqual([6, AT_ONCE])
  })
})

describe('what is held of octets of a WebSocket', () => {
  it('is handed on before the CLOSE behind it, which is answered', async () => {
    const client = await join(WebSocketClient.open(port))
    client.socket.write(Buffer.concat([client.frames(...publications(1, 30)), webSocketFrame(0x88, Uint8Array.of(0x03, 0xe8))]))
    await isHeldAt(client, AT_ONCE)
    await passUntil(client, 30)
    pass()
    await Promise.all([left(), client.ended])
    expect([requests(client), client.closeCode]).toEqual([numbers(1, 30), 1000])
  })

  it('may begin and end within a message in fragments, with PINGs between', async () => {
    const client = await join(WebSocketClient.open(port))
    const fragmented = publications(1, 30).map((message, i) => {
      const text = Buffer.from(JSON.stringify(message))
      const ping = webSocketFrame(0x89, Buffer.from(`${i + 1}`))
      return Buffer.concat([webSocketFrame(0x01, text.subarray(0, 9)), ping, webSocketFrame(0x80, text.subarray(9))])
    })
    const octets = Buffer.concat(fragmented)
    // The last piece of the first half is the beginning of a message.
    const half = octets.indexOf(webSocketFrame(0x89, Buffer.from('20')))
    client.socket.write(octets.subarray(0, half))
    await isHeldAt(client, AT_ONCE)
    expect(client.pongs.length).toBe(AT_ONCE)
    client.socket.write(octets.subarray(half))
    await passUntil(client, 30)
    expect([requests(client), client.pongs]).toEqual([numbers(1, 30), numbers(1, 30).map(String)])
  })
})
