// Shows the operator's commands with a running router: what they print, for people and for programs.

import { calls, openSession } from '@trunkline/client/session'
import { createRouter } from '@trunkline/router'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOf } from '../testing/admin-scene.ts'
import type { Running } from '../testing/running-command.ts'
import { result, startDev } from '../testing/running-command.ts'

let node: Running
let url: string
beforeAll(async () => {
  ;({ node, url } = await startDev())
})
afterAll(() => node.interrupt())

interface Status {
  readonly state: string
  readonly realms: number
  readonly traffic: Readonly<Record<'messages_in' | 'octets_in' | 'messages_out' | 'octets_out', number>>
}

const admin = (...words: string[]) => result(...words, '--url', url)

describe('trunkline status', () => {
  it('shows the router to people and to programs', async () => {
    const { out, code } = await admin('status')
    expect(code).toBe(0)
    expect(out).toMatch(/^router {6}Trunkline .*, running$/m)
    expect(out).toMatch(/^open {8}2 sessions in 2 realms, 2 procedures, 0 topics$/m)
    const { state, realms, traffic } = JSON.parse((await admin('status', '--json')).out) as Status
    expect([state, realms]).toEqual(['running', 2])
    expect(traffic.messages_in).toBeGreaterThanOrEqual(2)
    expect(traffic.octets_out).toBeGreaterThan(traffic.messages_out)
  })

  it('takes the address of the router from the environment', async () => {
    process.env['TRUNKLINE_URL'] = url
    try {
      expect((await result('status')).code).toBe(0)
    } finally {
      delete process.env['TRUNKLINE_URL']
    }
  })

  it.each([
    ['status', 'view.status', { version: ['\u001b[2J'], counters: null }, 'must be a text'],
    ['status', 'view.status', null, 'must be a dict'],
    ['ls sessions', 'view.sessions', { sessions: [null], next: null, missing: [] }, 'must be a dict'],
    ['ls realms', 'view.realms', { realms: 'x'.repeat(10), next: 5 }, 'must be a list'],
  ])('and %s: say that an answer to %s is not understood: %j', async (command, uri, answer, why) => {
    const router = createRouter({ realms: { hostile: { anonymousRole: 'any', roles: { any: allOf('trunkline.admin.**') } } } })
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
    try {
      const transport = router.openLocal({ authid: 'hostile', authrole: 'any', isInternal: true })
      const session = await openSession({ transport, realm: 'hostile', agent: 'hostile', calls: calls() })
      for (const each of ['view.status', 'view.nodes', 'view.sessions', 'view.realms'])
        await session.register(`trunkline.admin.${each}`, () => (each === uri ? answer : { nodes: [] }))
      const { err, code } = await result(...command.split(' '), '--url', address, '--realm', 'hostile')
      expect([code, err]).toEqual([
        1,
        expect.stringContaining('the router answered with what this version of trunkline does not understand'),
      ])
      expect(err).toContain(`the result of trunkline.admin.${uri}`)
      expect(err).toContain(why)
      expect(err).not.toMatch(/error in trunkline itself|\u001b/)
    } finally {
      await router.close()
    }
  })

  it('fails where there is no admin API', async () => {
    expect(await admin('status', '--realm', 'realm1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no_such_procedure') as string,
    })
  })
})

describe('trunkline ls', () => {
  it('lists in columns, or a JSON document a line', async () => {
    expect((await admin('ls', 'procedures', '--search', 'add')).out).toBe(
      'PROCEDURE        MATCH  REALM   CALLEES  CALLS  ERRORS\ncom.example.add  exact  realm1        1      0       0\n',
    )
    const { out } = await admin('ls', 'realms', '--json')
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { realm: string }).realm),
    ).toEqual(['realm1', 'trunkline'])
    expect((await admin('ls', 'topics', '--in', 'realm1')).out).toMatch(/^TOPIC .* GAPS\n$/)
  })

  it('lists no more than asked for, and says so', async () => {
    const { out, err } = await admin('ls', 'sessions', '--most', '1', '--json')
    expect(out.trim().split('\n')).toHaveLength(1)
    expect(err).toBe('warning: there may be more than these 1; --most lists more\n')
  })

  it('shows what a client calls itself without letting it control the terminal', async () => {
    const session = await openSession({ url, realm: 'realm1', agent: 'evil\u001b[2J\nagent' })
    const { out } = await admin('ls', 'sessions', '--search', 'evil')
    expect(out.trim().split('\n')).toHaveLength(2)
    expect(out).toContain('"evil\\u001b[2J\\nagent"')
    await session.leave()
  })

  it('names a realm that is not there', async () => {
    const { code, err } = await admin('ls', 'sessions', '--in', 'nowhere')
    expect([code, err]).toEqual([1, "error: wamp.error.no_such_realm: there is no realm 'nowhere'\n"])
  })
})

describe('trunkline kick', () => {
  it('ends a session by its id, or those of a role in a realm', async () => {
    const [first, second] = [await openSession({ url, realm: 'com.other' }), await openSession({ url, realm: 'com.other' })]
    expect((await admin('kick', String(first.id), '--message', 'go')).out).toBe('ended 1 session\n')
    expect(await first.closed).toMatchObject({ by: 'router', reason: 'wamp.close.killed' })
    expect((await admin('kick', '--role', 'anonymous', '--in', 'com.other', '--json')).out).toBe('{"sessions":1}\n')
    await second.closed
  })

  it('needs to be told whom, and says when there is nobody', async () => {
    expect(await admin('kick')).toMatchObject({ code: 2, err: 'error: kick needs the id of a session, --user or --role\n' })
    expect(await admin('kick', '5')).toMatchObject({ code: 1, err: 'error: wamp.error.no_such_session: there is no session 5\n' })
    expect((await admin('kick', 'alice')).err).toContain('Expected the id of a session')
    expect((await admin('kick', '--user', 'nobody')).out).toBe('ended 0 sessions\n')
  })
})

describe('trunkline log level', () => {
  it('shows and sets the level', async () => {
    expect((await admin('log', 'level')).out).toBe('info\n')
    expect((await admin('log', 'level', 'warn', '--json')).out).toBe('{"before":"info","level":"warn"}\n')
    expect((await admin('log', 'level', 'info')).out).toBe('info\n')
  })

  it('sets the level of one area', async () => {
    expect((await admin('log', 'level', 'rights', 'debug')).out).toBe('debug\n')
    expect((await admin('log', 'level')).out).toBe('info\nrights debug\n')
    expect((await admin('log', 'level', '--json')).out).toBe('{"level":"info","areas":{"rights":"debug"}}\n')
    expect((await admin('status')).out).toContain('log level   info, rights debug\n')
    expect((await admin('log', 'level', 'rights', 'default')).out).toBe('info\n')
    expect((await admin('log', 'level')).out).toBe('info\n')
  })

  it('refuses what is neither an area nor a level', async () => {
    expect(await admin('log', 'level', 'wran')).toMatchObject({
      code: 2,
      err: "error: 'wran' is no level of the log; did you mean 'warn'?\n",
    })
    expect(await admin('log', 'level', 'login', 'off')).toMatchObject({
      code: 2,
      err: "error: 'login' is no area of the log; did you mean 'logins'?\n",
    })
    expect((await admin('log', 'level', 'x', 'off')).err).toContain('known are router, listeners')
    expect(await admin('log', 'level', 'logins', 'off', 'now')).toMatchObject({ code: 2 })
  })
})

describe('trunkline drain', () => {
  it('stops the router, as SIGTERM does', async () => {
    expect((await admin('drain')).out).toBe('the router stops; 2 sessions open\n')
    expect(await node.ended).toBe(0)
    expect(node.out).toContain('"signal":"drain"')
  })
})
