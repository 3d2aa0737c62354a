// Shows to whom sockets count that a trusted proxy opens: to the proxy until they say for whom it speaks, and then to that client.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { rawSocketRequest } from '@trunkline/protocol'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { OPEN_REALM, selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { REQUEST } from '../testing/websocket-scene.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const PROXY = { trustedProxies: ['127.0.0.1'] }
const [FIRST, SECOND, THIRD, FOURTH] = ['203.0.113.7', '198.51.100.9', '198.51.100.10', '198.51.100.11'] as const

let router: Router
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await router.close()
})

function start(places: number): void {
  router = createRouter({ realms: { realm1: OPEN_REALM }, limits: { connectionsBeforeLogin: places } })
}

const listenHttp = (more = {}): Promise<Listener> => router.listenHttp({ ...LOOPBACK, ...PROXY, longPoll: { path: '/lp' }, ...more })

/** A connection, and the octets that came; that it ended is said by `ended`. */
class Client {
  readonly socket: Socket
  all = ''
  isEnded = false

  constructor({ address }: Listener, isTls = false) {
    const bare = connect({ port: Number(new URL(address.replace(/^\w+:/, 'http:')).port), host: '127.0.0.1' })
    this.socket = isTls ? connectTls({ socket: bare, rejectUnauthorized: false }) : bare
    sockets.push(this.socket, bare)
    bare.on('error', () => {})
    this.socket.on('error', () => {}).on('data', (octets: Buffer) => (this.all += octets.toString('latin1')))
    this.socket.on('close', () => (this.isEnded = true))
  }

  /** Sends octets, and waits for a text or the end. */
  async says(octets: string | Uint8Array, until: string): Promise<string> {
    this.all = ''
    this.socket.write(octets)
    return this.sees(until)
  }

  async sees(until: string): Promise<string> {
    while (!this.all.includes(until) && !this.isEnded) await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')])
    return this.isEnded && this.all === '' ? 'ended' : this.all
  }
}

const forwarded = (client: string): string => `X-Forwarded-For: ${client}\r\n`
const health = (client: string): string => `GET /health HTTP/1.1\r\nHost: a\r\n${forwarded(client)}\r\n`
const upgrade = (client: string): string => `${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n${forwarded(client)}\r\n`
/** A request whose body does not come. */
const slow = (client: string): string =>
  `POST /lp/open HTTP/1.1\r\nHost: a\r\n${forwarded(client)}Expect: 100-continue\r\nContent-Length: 100\r\n\r\n`

/** Opens connections of which a client sends no whole request. */
async function hold(listener: Listener, client: string, count: number, isTls = false): Promise<Client[]> {
  const held: Client[] = []
  for (let i = 0; i < count; i++) {
    const one = new Client(listener, isTls)
    held.push(one)
    await one.says(slow(client), '\r\n\r\n')
  }
  return held
}

describe('behind a trusted proxy', () => {
  it.each([
    ['HTTP', 8, (): Promise<Listener> => listenHttp(), false],
    ['HTTP and RawSocket', 8, (): Promise<Listener> => listenHttp({ rawSocket: true }), false],
    // One place in five may have TLS.
    ['TLS', 40, (): Promise<Listener> => listenHttp({ tls: selfSigned('localhost') }), true],
  ])('requests of one client that do not come whole leave places to other clients: %s', async (_, places, listen, isTls) => {
    start(places)
    const listener = await listen()
    const held = await hold(listener, FIRST, 8, isTls)
    for (const refused of held.slice(4)) expect(await refused.sees('503 ')).toContain('503 Service Unavailable')
    expect(held.slice(0, 4).map(({ isEnded }) => isEnded)).toEqual([false, false, false, false])
    expect(await new Client(listener, isTls).says(health(SECOND), '200 OK')).toContain('200 OK')
    expect(await new Client(listener, isTls).says(upgrade(SECOND), '\r\n\r\n')).toContain('101 Switching')
  })

  it.each([
    ['HTTP', (): Promise<Listener> => listenHttp(), upgrade(FIRST), '101 Switching'],
    ['RawSocket', (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK, ...PROXY }), rawSocketRequest('json', 24), '\x7f'],
    [
      'the PROXY protocol',
      (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK, ...PROXY, proxyProtocol: true }),
      Buffer.concat([Buffer.from(`PROXY TCP4 ${FIRST} 127.0.0.1 51234 8081\r\n`), rawSocketRequest('json', 24)]),
      '\x7f',
    ],
  ])('the connection that has been silent longest gives way to one that speaks: %s', async (_, listen, opening, accepted) => {
    start(4)
    const listener = await listen()
    const silent = Array.from({ length: 5 }, () => new Client(listener))
    await silent[0]?.sees('anything')
    await silent[1]?.sees('anything')
    expect(await new Client(listener).says(opening, accepted)).toContain(accepted)
    expect(silent.map(({ isEnded }) => isEnded).slice(-1)).toEqual([false])
  })

  it('a connection that is used again counts to the client of the last request', async () => {
    start(4)
    const listener = await listenHttp()
    const used = new Client(listener)
    await used.says(health(FIRST), '200 OK')
    await used.says(health(SECOND), '200 OK')
    for (let i = 0; i < 2; i++) expect(await new Client(listener).says(health(FIRST), '\r\n\r\n')).toContain('200 OK')
    expect(await used.says(health(FIRST), '\r\n\r\n')).toContain('503')
  })

  it('a request whose place others need is answered, so that the proxy does not take the router for dead', async () => {
    start(4)
    const listener = await listenHttp()
    const [first] = await hold(listener, FIRST, 2)
    for (const client of [SECOND, THIRD]) await hold(listener, client, 1)
    expect(await new Client(listener).says(health(FOURTH), '200 OK')).toContain('200 OK')
    expect(await first?.sees('503')).toContain('503 Service Unavailable')
  })
})
