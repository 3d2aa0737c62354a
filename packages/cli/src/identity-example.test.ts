// Shows that the example with a user for each login does what it promises, over both transports.

import { fileURLToPath } from 'node:url'
import type { AuthMethod, Session } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { craAuth, scramAuth, ticketAuth } from '@trunkline/client/auth'
import { cbor } from '@trunkline/client/cbor'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { result, Running } from './testing/running-command.ts'

const file = fileURLToPath(new URL('../../../examples/identity/trunkline.yaml', import.meta.url))
const USERS: readonly (readonly [string, string, AuthMethod])[] = [
  ['ticket-user', 'user', ticketAuth('ticket-secret-1')],
  ['limited-user', 'limited', ticketAuth('ticket-secret-2')],
  ['cra-user', 'user', craAuth('cra-secret-1')],
  ['cra-salted-user', 'user', craAuth('cra-salted-pw-1')],
  ['scram-pbkdf2-user', 'user', scramAuth('scram-pw-1')],
  ['scram-argon2-user', 'user', scramAuth('scram-pw-2', { dialect: 'autobahn' })],
]

let node: Running
let webSocket = ''
let rawSocket = ''
const sessions: Session[] = []

beforeAll(async () => {
  vi.stubEnv('TRUNKLINE_WEBSOCKET_PORT', '0')
  vi.stubEnv('TRUNKLINE_RAWSOCKET_PORT', '0')
  node = new Running(['start', '--config', file])
  webSocket = (await node.shows(/"address":"(ws:\/\/127\.0\.0\.1:\d+\/ws)"/))[1] ?? ''
  rawSocket = (await node.shows(/"address":"(rs:\/\/127\.0\.0\.1:\d+)"/))[1] ?? ''
})

afterAll(async () => {
  await Promise.all(sessions.map((session) => session.leave()))
  await node.interrupt()
  vi.unstubAllEnvs()
})

async function join(authid?: string, auth?: AuthMethod, url = webSocket): Promise<Session> {
  const session = await openSession({ url, realm: 'realm1', authid, auth, ...(url === rawSocket ? { serializer: cbor() } : {}) })
  sessions.push(session)
  return session
}

describe('examples/identity', () => {
  it('passes the check', async () => {
    expect((await result('check', file)).code).toBe(0)
  })

  it.each(USERS)('lets %s in with role %s', async (authid, role, auth) => {
    for (const url of [webSocket, rawSocket]) {
      const { details } = await join(authid, auth, url)
      expect(details).toMatchObject({ authid, authrole: role })
    }
  })

  it('asks scram-argon2-user as Autobahn|Python is used to, with little memory', async () => {
    const nonce = Buffer.alloc(16, 7).toString('base64')
    const asked: unknown[] = []
    const joining = openSession({
      url: webSocket,
      realm: 'realm1',
      authid: 'scram-argon2-user',
      authmethods: ['scram'],
      authextra: { nonce },
      onChallenge: ({ method, extra }) => {
        asked.push({ method, extra })
        throw new Error('seen enough')
      },
    })
    await expect(joining).rejects.toThrow('seen enough')
    const salt = Buffer.from('ffeeddccbbaa99887766554433221100', 'hex').toString('base64')
    expect(asked).toMatchObject([{ method: 'scram', extra: { kdf: 'argon2id-13', iterations: 2, memory: 4096, salt } }])
  })

  it('lets everybody in without a login, who then may do everything, and nobody with another password', async () => {
    const session = await join()
    expect(session.details['authrole']).toBe('anonymous')
    await session.register('com.example.x', ({ details }) => details['caller_authrole'])
    expect(await (await join()).call('com.example.x', [], { discloseMe: true })).toBe('anonymous')
    expect(await session.call('wamp.session.count')).toBeGreaterThan(0)
    expect(await session.call('wamp.session.kill_by_authid', ['nobody'])).toEqual([])
    await expect(join('cra-user', craAuth('cra-secret-2'))).rejects.toThrow('authentication_')
  })

  it('keeps the last ten events of one topic from the start on, and of no other, and retained events of every topic', async () => {
    const publisher = await join()
    for (let n = 1; n <= 12; n++) await publisher.publish('interop.history.one', [n], { acknowledge: true })
    await publisher.publish('interop.history.two', ['kept'], { acknowledge: true, retain: true })
    const id = await publisher.call('wamp.subscription.lookup', ['interop.history.one'])
    const { args } = await publisher.callResult('wamp.subscription.get_events', [id])
    expect(args.map((event) => (event as { args: unknown[] }).args[0])).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(await publisher.call('wamp.subscription.lookup', ['interop.history.two'])).toBeNull()
    const late = await join()
    const got = new Promise((resolve) => {
      void late.subscribe('interop.history.two', ({ args: [first] }) => resolve(first), { getRetained: true })
    })
    expect(await got).toBe('kept')
    expect((await publisher.callResult('wamp.session.add_testament', ['com.example.bye', [], {}])).args).toBeDefined()
  })

  it('keeps the limited role to its part', async () => {
    const session = await join('limited-user', ticketAuth('ticket-secret-2'))
    await session.register('interop.allowed.x', () => 1)
    await session.subscribe('interop.allowed.x', () => {})
    expect(await session.call('interop.allowed.x')).toBe(1)
    for (const uri of ['interop.other', 'interop.allowed', 'wamp.session.count']) {
      await expect(session.call(uri)).rejects.toThrow('not_authorized')
    }
    await expect(session.subscribe('interop.', () => {}, { match: 'prefix' })).rejects.toThrow('not_authorized')
  })
})
