// Shows a configuration whose listeners let in different clients: trusted ones by a Unix socket, others by ticket, over each
// transport; and that a reload changes it for those who come.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectError, Session } from '@trunkline/client'
import { json } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { ticketAuth } from '@trunkline/client/auth'
import { openLongPoll } from '@trunkline/client/longpoll'
import { afterEach, describe, expect, it } from 'vitest'
import { Running } from './testing/running-command.ts'

describe('listeners with logins of their own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-logins-'))
  const file = join(folder, 'trunkline.yaml')
  const sessions: Session[] = []
  let node: Running
  let url = ''
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.leave()))
    await node.interrupt()
    rmSync(folder, { recursive: true })
  })

  const write = (methods: string): void =>
    writeFileSync(
      file,
      `
listeners:
  - websocket: { host: 127.0.0.1, port: 0, longPoll: { path: /longpoll }, logins: { methods: ${methods}, roles: [user] } }
  - rawsocket: { path: local.sock, logins: { methods: [anonymous], anonymous: { role: trusted }, defaultRealm: realm1 } }
realms:
  realm1:
    users: { joe: { role: user, ticket: joe }, root: { role: trusted, ticket: root } }
    roles: { user: [], trusted: [] }
`,
    )

  /** The role let in, or the reason of the refusal. */
  async function role(options: Omit<Parameters<typeof openSession>[0], 'realm'>): Promise<unknown> {
    try {
      const session = await openSession({ realm: 'realm1', ...options })
      sessions.push(session)
      return session.details['authrole']
    } catch (error) {
      return (error as ConnectError).reason
    }
  }

  it('let in whom each of them says', async () => {
    write('[ticket]')
    node = new Running(['start', '--config', file])
    const [, port = ''] = await node.shows(/ws:\/\/127\.0\.0\.1:(\d+)\/ws/)
    await node.shows(/local\.sock/)
    url = `ws://127.0.0.1:${port}/ws`
    expect(await role({ url, authid: 'joe', auth: ticketAuth('joe') })).toBe('user')
    expect(await role({ url, authid: 'root', auth: ticketAuth('root') })).toBe('wamp.error.authentication_denied')
    expect(await role({ url })).toBe('wamp.error.authentication_required')
    const transport = await openLongPoll(`http://127.0.0.1:${port}/longpoll`, { serializer: json(), signal: AbortSignal.timeout(10_000) })
    expect(await role({ transport })).toBe('wamp.error.authentication_required')
    expect(await role({ url: `rs+unix://${join(folder, 'local.sock')}` })).toBe('trusted')
    write('[wampcra]')
    node.hangUp()
    await node.shows(/logins/)
    expect(await role({ url, authid: 'joe', auth: ticketAuth('joe') })).toBe('wamp.error.no_matching_auth_method')
  })
})
