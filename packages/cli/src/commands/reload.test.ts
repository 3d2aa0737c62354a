// Shows reloads of a running router: what changes, who stays connected, and that a bad configuration changes nothing.

import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import { once } from 'node:events'
import { openSession } from '@trunkline/client/session'
import { ticketAuth } from '@trunkline/client/auth'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { result, Running } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-reload-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Written {
  /** More of `listeners:`, each with its dash. */
  readonly listeners?: string
  readonly first?: string
  readonly rules?: string
  readonly more?: string
}

/** A configuration whose first listener takes a free port and keeps it. */
function written({ first = '', listeners = '', rules = '', more = '' }: Written): string {
  return `
listeners:
  - websocket: { host: 127.0.0.1, port: 0${first} }
${listeners}
realms:
  realm1:
    anonymous: { role: guest }
    roles:
      guest:
        - { uri: trunkline.admin.reload, allow: [call] }
        - { uri: com.example.**, allow: [call, register, publish, subscribe] }
        ${rules}
admin: { realm: realm1 }
${more}`
}

let files = 0

/** A running router with a file that can be changed. */
async function startRouter(options: Written = {}, ...words: string[]) {
  const file = join(folder, `${++files}.yaml`)
  const write = (changed: Written): void => {
    writeFileSync(`${file}.new`, written(changed))
    renameSync(`${file}.new`, file)
  }
  write(options)
  const node = new Running(['start', '--config', file, ...words])
  const [, url = ''] = await node.shows(/"address":"(ws[^"]+)"/)
  return { node, url, write, file }
}

describe('a reload', () => {
  it('tells that nothing has changed', async () => {
    const { node, url } = await startRouter()
    expect(await result('reload', '--realm', 'realm1', '--url', url)).toEqual({ code: 0, out: 'nothing has changed\n', err: '' })
    expect(await node.interrupt()).toBe(0)
  })

  it('takes rights away and keeps sessions connected', async () => {
    const { node, url, write } = await startRouter()
    const session = await openSession({ url, realm: 'realm1' })
    await session.subscribe('com.example.secret', () => {})
    await session.subscribe('com.example.open', () => {})
    write({ rules: '- { uri: com.example.secret, allow: [] }', more: 'limits: { stall: 5s }' })
    const { out, code } = await result('reload', '--realm', 'realm1', '--url', url)
    expect(code).toBe(0)
    expect(out).toBe('realms.realm1.roles.guest changed\nlimits added\nsubscriptions and registrations revoked: 1\n')
    await expect(session.subscribe('com.example.secret', () => {})).rejects.toThrow('not_authorized')
    await session.publish('com.example.open', [], { acknowledge: true })
    expect(session.isOpen).toBe(true)
    await session.leave()
    await node.interrupt()
  })

  it('ends the sessions of users who are gone, and lets the others be', async () => {
    const { node, url, file } = await startRouter()
    const users = (more: string): void => {
      const entry = `users: { stays: { role: guest, ticket: one }${more} }`
      writeFileSync(file, written({}).replace('anonymous: { role: guest }', `${entry}\n    anonymous: { role: guest }`))
    }
    users(', goes: { role: guest, ticket: two }')
    await result('reload', '--realm', 'realm1', '--url', url)
    const join = (authid: string, ticket: string) => openSession({ url, realm: 'realm1', authid, auth: ticketAuth(ticket) })
    const [stays, goes] = await Promise.all([join('stays', 'one'), join('goes', 'two')])
    users('')
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe('realms.realm1.users.goes removed\nsessions ended: 1\n')
    expect((await goes.closed).by).toBe('router')
    await expect(join('goes', 'two')).rejects.toThrow('authentication_')
    await stays.publish('com.example.x', [], { acknowledge: true })
    await stays.leave()
    await node.interrupt()
  })

  it('opens and closes listeners and changes open ones; sessions through a closed one stay', async () => {
    const socket = join(folder, 'one.sock')
    const { node, url, write } = await startRouter({ listeners: `  - rawsocket: { path: ${socket} }` })
    await node.shows(/"address":"[^"]*one\.sock"/)
    const session = await openSession({ url: `rs+unix://${socket}`, realm: 'realm1' })
    const other = join(folder, 'two.sock')
    write({ first: ', paths: [/wamp]', listeners: `  - rawsocket: { path: ${other} }` })
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe(
      `listener rs+unix://${socket} removed\nlistener rs+unix://${other} added\nlistener ws://127.0.0.1:0 changed: paths\n`,
    )
    await session.publish('com.example.x', [], { acknowledge: true })
    expect((await result('publish', 'com.example.x', '--url', `rs+unix://${other}`)).code).toBe(0)
    expect((await result('publish', 'com.example.x', '--url', `rs+unix://${socket}`)).code).toBe(3)
    expect((await result('publish', 'com.example.x', '--url', url.replace('/ws', '/wamp'))).code).toBe(0)
    expect((await result('publish', 'com.example.x', '--url', url)).code).toBe(3)
    await session.leave()
    expect(await node.interrupt()).toBe(0)
  })

  it('with mistakes changes nothing, prints them, and ends with 1', async () => {
    const { node, url, write } = await startRouter()
    const session = await openSession({ url, realm: 'realm1' })
    write({ rules: '- { uri: com.example.**, allow: [shout] }', more: 'limit: {}' })
    const { code, err } = await result('reload', '--realm', 'realm1', '--url', url)
    expect(code).toBe(1)
    const [first, ...mistakes] = err.trim().split('\n')
    expect(first).toBe('error: trunkline.error.reload_failed:')
    expect(mistakes).toEqual([
      expect.stringContaining('has 2 mistakes:'),
      expect.stringContaining('expected call, register, publish, subscribe or see, found a text of 5 characters'),
      expect.stringContaining("limit: unknown key; did you mean 'limits'?"),
    ])
    await node.shows(/"problem":"[^"]*has 2 mistakes:".*"msg":"configuration not reloaded; the old one holds"/)
    await node.shows(/"problem":"[^"]*did you mean 'limits'\?".*"msg":"configuration not reloaded; the old one holds"/)
    await session.subscribe('com.example.x', () => {})
    await session.leave()
    await node.interrupt()
  })

  it('keeps everything as it was when a listener cannot be had, and closes what it had opened', async () => {
    const { node, url, write } = await startRouter()
    const { node: taken, url: takenUrl } = await startRouter()
    const port = Number(new URL(takenUrl).port)
    const socket = join(folder, 'undone.sock')
    write({
      listeners: `  - rawsocket: { path: ${socket} }\n  - rawsocket: { port: ${port} }`,
      rules: '- { uri: com.example.x, allow: [] }',
    })
    const { code, err } = await result('reload', '--realm', 'realm1', '--url', url)
    expect(code).toBe(1)
    expect(err).toContain(`port ${port} on 127.0.0.1 is in use`)
    expect((await result('publish', 'com.example.x', '--url', url)).code).toBe(0)
    expect((await result('publish', 'com.example.x', '--url', `rs+unix://${socket}`)).code).toBe(3)
    await Promise.all([node.interrupt(), taken.interrupt()])
  })

  it('adds realms and removes them, with their sessions', async () => {
    const { node, url, write } = await startRouter()
    const other = 'realm2:\n    anonymous: { role: guest }\n    roles: { guest: [] }'
    const inRealms = (realms: string): Written => ({ rules: `\n  ${realms}` })
    write(inRealms(other))
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe('realms.realm2 added\n')
    const session = await openSession({ url, realm: 'realm2' })
    write({})
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe('realms.realm2 removed\nsessions ended: 1\n')
    expect((await session.closed).reason).toBe('wamp.close.close_realm')
    await expect(openSession({ url, realm: 'realm2' })).rejects.toThrow('no_such_realm')
    await node.interrupt()
  })

  it('shows a renewed certificate to new connections and leaves the old ones alone', async () => {
    const certify = (name: string): void => {
      const { key, cert } = selfSigned(name)
      writeFileSync(join(folder, 'key.pem'), key)
      writeFileSync(join(folder, 'cert.pem'), cert)
    }
    certify('old.example')
    const { node, url } = await startRouter({ listeners: '  - rawsocket: { port: 0, tls: { cert: cert.pem, key: key.pem } }' })
    const [, port = ''] = await node.shows(/rss:\/\/127\.0\.0\.1:(\d+)/)
    const shown = async (): Promise<unknown> => {
      const socket = connectSecurely({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { CN } = socket.getPeerCertificate().subject
      socket.destroy()
      return CN
    }
    expect(await shown()).toBe('old.example')
    certify('new.example')
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe('listener rss://127.0.0.1:0 changed: tls\n')
    expect(await shown()).toBe('new.example')
    await node.interrupt()
  })

  it('is made by SIGHUP too, with the process of a file', async () => {
    const pidFile = join(folder, 'router.pid')
    const { node, write } = await startRouter({}, '--pid-file', pidFile)
    write({ more: 'limits: { message: 1MiB }' })
    node.hangUp()
    const [line] = await node.shows(/.*"msg":"configuration reloaded"\}/)
    expect(JSON.parse(line)).toMatchObject({ cause: 'signal', changes: ['limits added'], sessionsEnded: 0 })
    await node.interrupt()
    const { code, err } = await result('reload', '--pid-file', pidFile)
    expect(code).toBe(2)
    expect(err).toContain('cannot read')
    writeFileSync(pidFile, '-1')
    expect((await result('reload', '--pid-file', pidFile)).err).toContain('holds no process id')
  })

  it('is made when a watched file changes, also one that the configuration names', async () => {
    writeFileSync(join(folder, 'stall.txt'), '5s')
    const more = 'limits: { stall: "${file:stall.txt}" }'
    const { node, write } = await startRouter({ more }, '--watch')
    writeFileSync(join(folder, 'stall.txt'), '6000ms')
    await node.shows(/"limits\.stall changed: 5s -> 6s"/)
    write({ more: 'limits: { stall: 7s }' })
    await node.shows(/"limits\.stall changed: 6s -> 7s"/)
    expect(await node.interrupt()).toBe(0)
  })

  it('sets the levels of the log, unless it says the same as before', async () => {
    const { node, write, url } = await startRouter({ more: 'logs: { areas: { rights: warn } }' })
    write({ more: 'logs: { areas: { sessions: debug } }' })
    const reload = (): Promise<{ readonly code: number }> => result('reload', '--realm', 'realm1', '--url', url)
    expect((await reload()).code).toBe(0)
    await node.shows(/"logs\.areas\.sessions added: debug"/)
    await result('publish', 'com.example.x', '--url', url)
    await node.shows(/"area":"sessions",.*"msg":"session joined"/)
    write({})
    expect((await reload()).code).toBe(0)
    const before = node.out.split('session joined').length
    await result('publish', 'com.example.x', '--url', url)
    expect(node.out.split('session joined').length).toBe(before)
    await node.interrupt()
  })

  it('opens the log files again, also where the configuration has mistakes; SIGUSR2 does only that', async () => {
    const access = join(folder, 'access.log')
    const { node, url, write } = await startRouter({ more: 'logs: { access: access.log }' })
    const begun = (): number => readFileSync(access, 'utf8').split('"joined"').length - 1
    const visit = async (): Promise<unknown> => result('publish', 'com.example.x', '--url', url)
    await visit()
    await expect.poll(() => begun()).toBe(1)
    write({ more: 'logs: { access: access.log }\nlimits: { mesage: 1MiB }' })
    const rotated = async (rotate: () => void): Promise<void> => {
      renameSync(access, `${access}.1`)
      rotate()
      await visit()
      await expect.poll(() => begun()).toBe(1)
    }
    await rotated(() => node.rotate())
    expect(node.out).not.toContain('configuration not reloaded')
    await rotated(() => node.hangUp())
    await node.shows(/configuration not reloaded/)
    await node.interrupt()
  })

  it('moves the procedure to another realm, and is offered in none without admin', async () => {
    const { node, url, write, file } = await startRouter()
    write({ more: 'limits: { nesting: 10 }' })
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe(
      'limits added\nlimits.nesting takes effect when the router is restarted\n',
    )
    writeFileSync(file, written({}).replace('admin: { realm: realm1 }', ''))
    expect((await result('reload', '--realm', 'realm1', '--url', url)).code).toBe(0)
    expect((await result('reload', '--realm', 'realm1', '--url', url)).err).toContain('no_such_procedure')
    writeFileSync(file, written({}))
    node.hangUp()
    await node.shows(/"changes":\["admin added"/)
    expect((await result('reload', '--realm', 'realm1', '--url', url)).out).toBe('nothing has changed\n')
    await node.interrupt()
  })

  it('needs the right to call it', async () => {
    const { node, url, write } = await startRouter()
    write({ rules: '- { uri: trunkline.admin.reload, allow: [] }' })
    node.hangUp()
    await node.shows(/configuration reloaded/)
    expect((await result('reload', '--realm', 'realm1', '--url', url)).code).toBe(4)
    await node.interrupt()
  })

  it('gives the address of a door to one of another kind', async () => {
    const probe = await startRouter()
    const free = Number(new URL(probe.url).port)
    await probe.node.interrupt()
    const { node, url, write } = await startRouter({ listeners: `  - rawsocket: { port: ${free} }` })
    write({ listeners: `  - websocket: { host: 127.0.0.1, port: ${free} }` })
    expect((await result('reload', '--realm', 'realm1', '--url', url)).code).toBe(0)
    expect((await result('publish', 'com.example.x', '--url', `ws://127.0.0.1:${free}/ws`)).code).toBe(0)
    expect((await result('publish', 'com.example.x', '--url', `rs://127.0.0.1:${free}`)).code).toBe(3)
    await node.interrupt()
  })
})
