// Shows a connection of autobahn-js's kind on its own: attempts, losses, refusals, and where errors go. That programs run as with
// autobahn-js itself is shown in conformance/autobahn.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CloseDetails, ConnectionOptions } from '../autobahn.ts'
import { Connection, Session } from '../autobahn.ts'
import type { AutobahnError } from './values.ts'

const ALL = [
  { uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const },
  { uri: 'wamp.session.kill', allow: ['call'] as const },
]
let router: ReturnType<typeof createRouter>
let url: string

beforeEach(async () => {
  router = createRouter({ realms: { realm1: { anonymousRole: 'all', roles: { all: ALL } } } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
})
afterEach(() => router.close())

/** Opens a connection; resolves to its first session. */
function opened(options: Partial<ConnectionOptions> = {}): Promise<{ connection: Connection; session: Session }> {
  const connection = new Connection({ url, realm: 'realm1', ...options })
  return new Promise((resolve, reject) => {
    connection.onopen = (session) => resolve({ connection, session })
    connection.onclose = (reason, { message }) => reject(new Error(`${reason}: ${message}`))
    connection.open()
  })
}

function closing(connection: Connection): Promise<[reason: string, details: CloseDetails]> {
  return new Promise((resolve) => {
    connection.onclose = (reason, details) => resolve([reason, details])
  })
}

describe('a connection', () => {
  it('opens a new session after a loss, and tells of both', async () => {
    const sockets = new Set<Socket>()
    const cut = createServer((socket) => {
      const onward = connect(Number(new URL(url).port), '127.0.0.1')
      for (const each of [socket, onward]) sockets.add(each.on('error', () => undefined))
      socket.pipe(onward).pipe(socket)
    })
    await once(cut.listen(0, '127.0.0.1'), 'listening')
    const through = `ws://127.0.0.1:${(cut.address() as AddressInfo).port}/ws`
    const { connection, session } = await opened({ url: through, initial_retry_delay: 0.001 })
    const again = new Promise<Session>((resolve) => {
      connection.onopen = resolve
    })
    const closed = closing(connection)
    const pending = session.subscribe('com.example.topic', () => undefined)
    for (const socket of sockets) socket.destroy()
    await expect(pending).rejects.toMatchObject({ error: 'wamp.error.network_failure' })
    expect(await closed).toMatchObject(['lost', { retry_count: 1, will_retry: true, reason: null }])
    expect((await again).id).not.toBe(null)
    expect(connection.session).toBe(await again)
    connection.close()
    cut.close()
  })

  it('does not come back when it was refused, and says why', async () => {
    const connection = new Connection({ url, realm: 'no_such_realm' })
    const closed = closing(connection)
    connection.open()
    expect(await closed).toMatchObject(['closed', { reason: 'wamp.error.no_such_realm', will_retry: false, retry_delay: null }])
    expect([connection.isOpen, connection.isConnected, connection.isRetrying]).toEqual([false, false, false])
    expect(() => connection.close()).toThrow('connection already closed')
  })

  it('tries again as often as it may, and no more after close', async () => {
    const connection = new Connection({ url: 'ws://127.0.0.1:9/', realm: 'realm1', max_retries: 2, initial_retry_delay: 0.001 })
    const counts: unknown[] = []
    await new Promise((resolve) => {
      connection.onclose = (reason, { retry_count: count, will_retry: willRetry }) => {
        counts.push([reason, count])
        if (!willRetry) resolve(undefined)
      }
      connection.open()
      expect(() => connection.open()).toThrow('already open')
    })
    expect(counts).toEqual([
      ['unreachable', 1],
      ['unreachable', 2],
      ['unreachable', null],
    ])
    const other = new Connection({ url: 'ws://127.0.0.1:9/', realm: 'realm1', initial_retry_delay: 60 })
    const closed = closing(other)
    other.open()
    expect(await closed).toMatchObject(['unreachable', { will_retry: true, retry_count: 1 }])
    await new Promise(setImmediate)
    expect(other.isRetrying).toBe(true)
    other.close()
    expect(other.isRetrying).toBe(false)
  })

  it('can be closed while it opens', async () => {
    const connection = new Connection({ url, realm: 'realm1' })
    const closed = closing(connection)
    connection.onopen = () => expect.unreachable()
    connection.open()
    connection.close()
    expect(await closed).toMatchObject(['unreachable', { will_retry: false }])
  })

  it('does not come back when the router ended its session', async () => {
    const { connection, session } = await opened({ initial_retry_delay: 0.001 })
    const { connection: other, session: killer } = await opened()
    const closed = closing(connection)
    await killer.call('wamp.session.kill', [session.id], { reason: 'com.example.killed', message: 'enough' })
    expect(await closed).toMatchObject(['closed', { reason: 'com.example.killed', message: 'enough', will_retry: false }])
    expect([session.isOpen, session.id, session.realm]).toEqual([false, null, null])
    other.close()
  })

  it('reports what handlers and endpoints throw, and hides the text of errors from callers', async () => {
    const reported: unknown[] = []
    const { connection, session } = await opened({ on_user_error: (error, where) => reported.push([String(error), where]) })
    await session.register('com.example.broken', () => {
      throw new TypeError('a secret')
    })
    const refused = await session.call('com.example.broken').catch((error: AutobahnError) => error)
    expect(refused).toMatchObject({ error: 'wamp.error.runtime_error' })
    expect(String(refused)).not.toContain('secret')
    await session.subscribe('com.example.topic', () => Promise.reject(new Error('not heard')))
    await session.publish('com.example.topic', [], {}, { exclude_me: false, acknowledge: true })
    await session.call('com.example.broken').catch(() => undefined)
    expect(reported).toEqual([
      ['TypeError: a secret', 'com.example.broken'],
      ['Error: not heard', 'com.example.topic'],
      ['TypeError: a secret', 'com.example.broken'],
    ])
    connection.onclose = undefined
    connection.close()
  })

  it('refuses options that it does not have, and the nearest name is told', () => {
    expect(() => new Connection({ url, relm: 'realm1' } as never)).toThrow("unknown option 'relm'; did you mean 'realm'?")
    expect(() => new Connection({ realm: 'realm1' })).toThrow('one of url and transports')
    expect(() => new Connection({ realm: 'realm1', transports: [{ url, type: 'longpoll' }] })).toThrow('use websocket')
  })
})

/** Nothing listens there. */
const NOWHERE = 'ws://127.0.0.1:9/'

/** What `onclose` gets at each attempt, until there is no next one or there were `most`. */
function attempts(options: Partial<ConnectionOptions>, most: number): Promise<CloseDetails[]> {
  const connection = new Connection({ url: NOWHERE, realm: 'realm1', ...options })
  const seen: CloseDetails[] = []
  return new Promise((resolve) => {
    connection.onclose = (_reason, details) => {
      seen.push(details)
      if (details.will_retry && seen.length < most) return false
      resolve(seen)
      return true
    }
    connection.open()
  })
}

describe('the delay before the next attempt', () => {
  const delays = async (options: Partial<ConnectionOptions>, most: number): Promise<unknown[]> =>
    (await attempts(options, most)).map(({ retry_delay: delay }) => delay)
  afterEach(() => vi.restoreAllMocks())

  it('grows up to the longest one', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const grows = { initial_retry_delay: 0.001, retry_delay_growth: 2, max_retry_delay: 0.003 }
    expect(await delays(grows, 4)).toEqual([0.001, 0.002, 0.003, 0.003])
    expect(await delays({ initial_retry_delay: 0.002, retry_delay_growth: 0 }, 2)).toEqual([0.002, 0.002])
  })

  it('begins with 1.5 s, grows by half, and is no longer than 300 s', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    expect(await delays({}, 1)).toEqual([1.5])
    expect(await delays({ initial_retry_delay: 0.002 }, 2)).toEqual([0.002, 0.003])
    expect(await delays({ initial_retry_delay: 1_000 }, 1)).toEqual([300])
  })

  it.each([
    [0, 0.9],
    [1, 1.1],
  ])('varies by a tenth, or by the share that is set: %s', async (random, share) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    expect((await delays({ initial_retry_delay: 20 }, 1))[0]).toBeCloseTo(20 * share)
    expect((await delays({ initial_retry_delay: 20, retry_delay_jitter: 0.5 }, 1))[0]).toBeCloseTo(20 * (1 + 5 * (share - 1)))
    expect((await delays({ initial_retry_delay: 20, retry_delay_jitter: 2 }, 1))[0]).toBeCloseTo(random === 0 ? 0 : 60)
  })

  it('comes before 15 further attempts, unless another number or none at all is the limit', async () => {
    const last = { retry_delay: null, retry_count: null, will_retry: false }
    const byDefault = await attempts({ initial_retry_delay: 0.0001, max_retry_delay: 0.0001 }, 30)
    expect(byDefault.map(({ retry_count: count }) => count)).toEqual([...Array.from({ length: 15 }, (_, i) => i + 1), null])
    expect(byDefault.at(-1)).toMatchObject(last)
    const endless = await attempts({ initial_retry_delay: 0.0001, max_retry_delay: 0.0001, max_retries: -1 }, 18)
    expect(endless.at(-1)).toMatchObject({ retry_count: 18, will_retry: true })
    expect(await attempts({ max_retries: 0 }, 2)).toMatchObject([last])
    expect(await attempts({ retry_if_unreachable: false }, 2)).toMatchObject([last])
    expect(await attempts({ retry_if_unreachable: true }, 1)).toMatchObject([{ will_retry: true }])
  })
})

describe('what a program sets and sees', () => {
  it('transports are tried in turn, and the one in use is shown', async () => {
    const connection = new Connection({ realm: 'realm1', transports: [{ url: NOWHERE }, { url }], initial_retry_delay: 0.001 })
    const reasons: string[] = []
    connection.onclose = (reason) => void reasons.push(reason)
    const details = await new Promise<unknown>((resolve) => {
      connection.onopen = (_session, each) => resolve(each)
      connection.open()
    })
    expect(reasons).toEqual(['unreachable'])
    expect(details).toMatchObject({ authrole: 'all', transport: { type: 'websocket', url, protocol: 'wamp.2.json' } })
    expect([connection.isOpen, connection.isConnected, connection.isRetrying]).toEqual([true, true, false])
    connection.onclose = undefined
    connection.close()
  })

  it('a RawSocket is shown as one', async () => {
    const listener = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
    const connection = new Connection({ realm: 'realm1', transports: [{ url: listener.address, type: 'rawsocket' }] })
    const details = await new Promise<unknown>((resolve) => {
      connection.onopen = (_session, each) => resolve(each)
      connection.open()
    })
    expect(details).toMatchObject({ transport: { type: 'rawsocket', url: listener.address } })
    connection.close()
  })

  it('a challenge is answered by a text, or by a text and further data', async () => {
    router.addRealm('tickets', {
      roles: { all: ALL },
      authentication: { plainTickets: true, users: { joe: { role: 'all', ticket: 'x' } } },
    })
    const asked: unknown[] = []
    for (const answer of ['x', ['x', { more: 1 }] as const]) {
      const onchallenge: ConnectionOptions['onchallenge'] = (session, method) => {
        asked.push([session instanceof Session, session.isOpen, method])
        return answer
      }
      const { connection, session } = await opened({ realm: 'tickets', authmethods: ['ticket'], authid: 'joe', onchallenge })
      expect(session.isOpen).toBe(true)
      connection.onclose = undefined
      connection.close()
    }
    expect(asked).toEqual([
      [true, false, 'ticket'],
      [true, false, 'ticket'],
    ])
  })

  it('what goes wrong by the options ends the attempts, and is reported as no fault of the user', async () => {
    const reported: unknown[] = []
    const report = (error: unknown, where?: string): void => void reported.push([String(error), where])
    const faulty = { url: 'gopher://127.0.0.1:9/', on_internal_error: report, on_user_error: () => expect.unreachable() }
    expect(await attempts(faulty, 2)).toMatchObject([{ will_retry: false }])
    expect(reported).toEqual([[expect.stringContaining('gopher'), 'open']])
  })

  it('what onopen throws or rejects with is reported, and printed where no function gets it', async () => {
    const reported: unknown[] = []
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const run = async (options: Partial<ConnectionOptions>, act: () => unknown): Promise<void> => {
      const connection = new Connection({ url, realm: 'realm1', ...options })
      await new Promise<void>((resolve) => {
        connection.onopen = () => {
          setImmediate(resolve)
          return act()
        }
        connection.open()
      })
      connection.close()
    }
    const on_user_error = (error: unknown, where?: string): void => void reported.push([String(error), where])
    const failing = (): never => {
      throw new Error('thrown')
    }
    await run({ on_user_error }, failing)
    await run({ on_user_error }, () => Promise.reject(new Error('rejected')))
    expect(reported).toEqual([
      ['Error: thrown', 'onopen'],
      ['Error: rejected', 'onopen'],
    ])
    expect(printed).not.toHaveBeenCalled()
    await run({}, failing)
    expect(printed.mock.calls).toEqual([['onopen:', new Error('thrown')]])
    printed.mockRestore()
  })
})

describe('a session', () => {
  it('cancels a call', async () => {
    const { connection, session } = await opened()
    const stopped = new Promise((resolve) => {
      void session.native?.register('com.example.wait', ({ signal }) => new Promise(() => signal.addEventListener('abort', resolve)))
    })
    const call = session.call('com.example.wait')
    await session.publish('com.example.topic', [], {}, { acknowledge: true })
    call.cancel({ mode: 'killnowait' })
    await expect(call).rejects.toMatchObject({ error: 'Cancelled' })
    await stopped
    connection.onclose = undefined
    connection.close()
  })

  it('refuses wrong arguments and what is not open by a rejection', async () => {
    const { connection, session } = await opened()
    await expect(session.call('com.example.a', 'x' as never)).rejects.toThrow('args: expected list')
    await expect(session.subscribe('com.example.a', undefined as never)).rejects.toThrow('handler: expected function')
    await expect(session.register('com.example.a', () => 1, { invok: 'random' })).rejects.toThrow("did you mean 'invoke'")
    await expect(new Session().call('com.example.a')).rejects.toThrow('session not open')
    connection.onclose = undefined
    connection.close()
  })

  it('is told when the router takes a registration away', async () => {
    const [{ connection, session }, { connection: other, session: taker }] = [await opened(), await opened()]
    const registration = await session.register('com.example.a', () => 1)
    await taker.register('com.example.a', () => 2, { force_reregister: true }).catch(() => undefined)
    await registration.unregister()
    expect(await registration.on_unregister).toBeUndefined()
    expect([registration.active, session.registrations]).toEqual([false, []])
    for (const each of [connection, other]) {
      each.onclose = undefined
      each.close()
    }
  })
})
