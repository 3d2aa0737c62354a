// Shows call, publish, subscribe and register end to end inside one process, against a real router.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calls, openSession } from '@trunkline/client/session'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { result, Running } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-commands-'))
let router: Router
let at: readonly string[]

beforeAll(async () => {
  router = createRouter({
    realms: {
      realm1: {
        anonymousRole: 'guest',
        roles: {
          guest: [
            { uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] },
            { uri: 'wamp.**', allow: ['call'] },
            { uri: 'com.secret.**', allow: [] },
          ],
        },
      },
      members: {},
    },
  })
  const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
  at = ['--url', address]
})

afterAll(async () => {
  await router.close()
  rmSync(folder, { recursive: true })
})

describe('the certificate of a router', () => {
  let secure: readonly string[]
  const { key, cert } = selfSigned()
  const file = join(folder, 'ca.pem')
  beforeAll(async () => {
    writeFileSync(file, cert)
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0, tls: { key, cert } })
    secure = ['--url', address.replace('127.0.0.1', 'localhost')]
  })

  it('is refused with a hint where it is not trusted', async () => {
    const { code, err } = await result('call', 'wamp.session.count', ...secure)
    expect(code).toBe(3)
    expect(err).toContain('on the command line by --ca FILE')
  })

  it('is trusted by --ca', async () => {
    expect(await result('call', 'wamp.session.count', '--ca', file, ...secure)).toMatchObject({ code: 0, err: '' })
  })

  it('is not looked at with --insecure, which warns', async () => {
    const { code, err } = await result('call', 'wamp.session.count', '--insecure', ...secure)
    expect([code, err]).toEqual([0, 'warning: --insecure: the certificate is not checked, so any server can pose as the router\n'])
  })

  it.each([
    [['--ca', '/nowhere'], '--ca /nowhere cannot be read'],
    [['--ca', file, '--insecure'], 'cannot be used with'],
  ])('needs options that make sense: %j', async (options, text) => {
    const { code, err } = await result('call', 'wamp.session.count', ...options, ...secure)
    expect(code).toBe(2)
    expect(err).toContain(text)
  })
})

describe('trunkline call', () => {
  let callee: Running
  beforeAll(async () => {
    callee = new Running(['register', 'com.test.echo', '--echo', ...at])
    await callee.shows(/registered/)
  })
  afterAll(() => callee.interrupt())

  it.each([
    [['hello'], 'hello\n'],
    [['5'], '5\n'],
    [['{"a":[1]}'], '{\n  "a": [\n    1\n  ]\n}\n'],
    [['1', 'x'], '[\n  1,\n  "x"\n]\n'],
    [['n=1'], '{\n  "args": [],\n  "kwargs": {\n    "n": 1\n  }\n}\n'],
    [[], ''],
    [['-7'], '-7\n'],
    [['18446744073709551615'], '18446744073709551615\n'],
  ])('prints the result of %j as people read it', async (args, out) => {
    expect(await result('call', 'com.test.echo', ...args, ...at)).toEqual({ code: 0, out, err: '' })
  })

  it.each(['json', 'msgpack', 'cbor'])('speaks %s, and prints one JSON document with --json', async (serializer) => {
    const { out, code } = await result('call', 'com.test.echo', '1', 'two', 'k=[3]', '--json', '--serializer', serializer, ...at)
    expect(code).toBe(0)
    expect(out).toBe('{"args":[1,"two"],"kwargs":{"k":[3]}}\n')
  })

  it('prints what comes on the way with --progress, and without it only the result', async () => {
    const [, url = ''] = at
    const session = await openSession({ url, realm: 'realm1', calls: calls() })
    await session.register('com.test.count', async function* ({ args: [to] }) {
      for (let i = 1; i <= Number(to); i++) yield i
      return 'done'
    })
    expect(await result('call', 'com.test.count', '2', '--progress', ...at)).toEqual({ code: 0, out: '1\n2\ndone\n', err: '' })
    expect(await result('call', 'com.test.count', '2', ...at)).toEqual({ code: 0, out: 'done\n', err: '' })
    await session.leave()
  })

  it('ends with 1 and one line when the answer is an ERROR', async () => {
    const { code, out, err } = await result('call', 'com.test.none', ...at)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: wamp\.error\.no_such_procedure: .*\n$/)
  })

  it('prints errors as JSON with --json', async () => {
    const { code, err } = await result('call', 'com.test.none', '--json', ...at)
    expect(code).toBe(1)
    expect(JSON.parse(err)).toMatchObject({ error: 'wamp.error.no_such_procedure', kwargs: {} })
  })

  it('ends with 3 when nobody listens, and when there is no such realm', async () => {
    expect((await result('call', 'a.b', '--url', 'ws://127.0.0.1:1/ws')).code).toBe(3)
    const { code, err } = await result('call', 'a.b', '--realm', 'com.none', ...at)
    expect(code).toBe(3)
    expect(err).toContain('wamp.error.no_such_realm')
  })

  it('ends with 4 when it is not authorized, and when the login is refused', async () => {
    expect((await result('call', 'com.secret.x', ...at)).code).toBe(4)
    expect((await result('call', 'a.b', '--realm', 'members', ...at)).code).toBe(4)
  })

  it('gives up after --timeout with 3, and at once when stopped', async () => {
    const never = new Running(['register', 'com.test.never', '--exec', 'sleep 60', ...at])
    await never.shows(/registered/)
    const late = await result('call', 'com.test.never', '--timeout', '150ms', ...at)
    expect(late).toEqual({ code: 3, out: '', err: 'error: no answer within 150 ms\n' })
    const stopped = new Running(['call', 'com.test.never', ...at])
    expect(await stopped.interrupt()).toBe(130)
    expect(await never.interrupt('SIGTERM')).toBe(0)
  })
})

describe('trunkline publish and subscribe', () => {
  it('bring an event from one to the other, one line each', async () => {
    const subscriber = new Running(['subscribe', 'com.test.topic', '--count', '2', ...at])
    await subscriber.shows(/subscribed/)
    expect(await result('publish', 'com.test.topic', 'hello', '1', 'k=v', ...at)).toEqual({ code: 0, out: '', err: '' })
    expect((await result('publish', 'com.test.topic', '--no-acknowledge', ...at)).code).toBe(0)
    expect(await subscriber.ended).toBe(0)
    expect(subscriber.out).toBe('com.test.topic "hello" 1 {"k":"v"}\ncom.test.topic\n')
  })

  it('print JSON documents with --json, and take patterns', async () => {
    const subscriber = new Running(['subscribe', 'com.test..x', '--match', 'wildcard', '--count', '1', '--json', ...at])
    await subscriber.shows(/"subscribed"/)
    const { out } = await result('publish', 'com.test.any.x', '5', '--json', ...at)
    const { publication } = JSON.parse(out) as { publication: number }
    expect(await subscriber.ended).toBe(0)
    expect(JSON.parse(subscriber.out)).toEqual({
      topic: 'com.test.any.x',
      publication,
      args: [5],
      kwargs: {},
      details: { topic: 'com.test.any.x' },
    })
  })

  it('pass WAMP options on', async () => {
    const subscriber = new Running(['subscribe', 'com.test', '--option', 'match=prefix', '--count', '1', ...at])
    await subscriber.shows(/subscribed/)
    await result('publish', 'com.test.excluded', '--option', 'exclude_authrole=["guest"]', ...at)
    await result('publish', 'com.test.seen', ...at)
    await subscriber.ended
    expect(subscriber.out).toBe('com.test.seen\n')
  })

  it('end with 4 where they are not authorized', async () => {
    expect((await result('publish', 'com.secret.x', ...at)).code).toBe(4)
    expect((await result('subscribe', 'com.secret.x', ...at)).code).toBe(4)
  })

  it('leave with 0 when stopped or when nobody reads the output', async () => {
    for (const end of [(command: Running) => command.interrupt('SIGTERM'), (command: Running) => command.stopReading()]) {
      const subscriber = new Running(['subscribe', 'com.test.topic', ...at])
      await subscriber.shows(/subscribed/)
      expect(await end(subscriber)).toBe(0)
    }
    expect(router.realm('realm1')?.subscriptions).toEqual([])
  })

  it('end with 3 when too few events come in time, and when nobody listens', async () => {
    expect((await result('subscribe', 'com.test.silent', '--count', '1', '--timeout', '200ms', ...at)).code).toBe(3)
    const { code, err } = await result('subscribe', 'com.test.silent', '--url', 'ws://127.0.0.1:1/ws')
    expect(code).toBe(3)
    expect(err).toMatch(/^error: no connection to .*\n$/)
  })
})

describe('trunkline subscribe and register', () => {
  it('connect again when their session ends, say so without a password, and go on', async () => {
    const [, address = ''] = at
    const withPassword = ['--url', address.replace('//', '//joe:hunter2@')]
    const subscriber = new Running(['subscribe', 'com.test.topic', '--count', '1', ...withPassword])
    const callee = new Running(['register', 'com.test.again', '--echo', '--json', ...withPassword])
    await Promise.all([subscriber.shows(/subscribed/), callee.shows(/"registered"/)])
    const again = [subscriber.shows(/connected again to ws:.*missing/), callee.shows(/\{"connected":"ws:/)]
    expect((await result('call', 'wamp.session.kill_all', ...at)).code).toBe(0)
    await Promise.all(again)
    expect(subscriber.err + callee.err).not.toContain('hunter2')
    expect(subscriber.err).toMatch(/no connection: the session ended \(wamp.close.killed.*next attempt in [01] s/)
    expect(callee.err).toContain('{"disconnected":"the session ended (wamp.close.killed')
    expect((await result('publish', 'com.test.topic', '1', ...at)).code).toBe(0)
    expect(await subscriber.ended).toBe(0)
    expect(subscriber.out).toBe('com.test.topic 1\n')
    expect((await result('call', 'com.test.again', '2', ...at)).out).toBe('2\n')
    expect(await callee.interrupt()).toBe(0)
  })

  it('end with 4 when a reload takes the right away, and say why', async () => {
    const rules = [{ uri: 'com.test.**', allow: ['subscribe', 'register'] as const }]
    const own = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: rules } } } })
    const { address } = await own.listenHttp({ host: '127.0.0.1', port: 0 })
    const subscriber = new Running(['subscribe', 'com.test.topic', '--url', address])
    const callee = new Running(['register', 'com.test.proc', '--echo', '--json', '--url', address])
    await Promise.all([subscriber.shows(/subscribed/), callee.shows(/registered/)])
    own.updateRealm('realm1', { anonymousRole: 'guest', roles: { guest: [] } })
    expect([await subscriber.ended, await callee.ended]).toEqual([4, 4])
    expect(subscriber.err).toContain('error: the router took com.test.topic away: wamp.error.not_authorized\n')
    expect(callee.err).toContain('"error":"TL_REVOKED"')
    await own.close()
  })

  it('end with 1 when another has the procedure at the start, and wait for it when another takes it later', async () => {
    const all = { uri: 'com.test.**', allow: ['register', 'call'] as const, options: ['force_reregister'] as const }
    const rules = [all, { uri: 'wamp.**', allow: ['subscribe'] as const }]
    const own = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: rules } } } })
    const { address: url } = await own.listenHttp({ host: '127.0.0.1', port: 0 })
    const callee = new Running(['register', 'com.test.taken', '--echo', '--url', url])
    await callee.shows(/registered/)
    const { code, err } = await result('register', 'com.test.taken', '--echo', '--url', url)
    expect(code).toBe(1)
    expect(err).toContain("error: wamp.error.procedure_already_exists: com.test.taken: already registered with invoke 'single'")
    const taker = await openSession({ url, realm: 'realm1' })
    const refused = callee.shows(/warning: wamp.error.procedure_already_exists/)
    await taker.register('com.test.taken', () => 'taken', { forceReregister: true })
    await refused
    expect(callee.err).toContain('warning: the router took com.test.taken away: trunkline.error.taken_over\n')
    await taker.leave()
    await expect.poll(() => own.realm('realm1')?.registrations.find(({ uri }) => uri === 'com.test.taken')?.callees).toBe(1)
    expect(await callee.interrupt()).toBe(0)
    await own.close()
  })
})

describe('trunkline register', () => {
  async function called(command: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const callee = new Running(['register', 'com.test.command', '--exec', command, ...at])
    await callee.shows(/registered/)
    const answer = await result('call', 'com.test.command', ...args, ...at)
    expect(await callee.interrupt()).toBe(0)
    return answer
  }

  it('gives a command the arguments on stdin and takes its output as JSON, else as text', async () => {
    expect(await called('cat', '1', 'two')).toMatchObject({ code: 0, out: '[\n  1,\n  "two"\n]\n' })
    expect((await called('head -1 >/dev/null; cat', '1', 'k=2')).out).toBe('')
    expect((await called('sed -n 2p', '1', 'k=2')).out).toBe('{\n  "k": 2\n}\n')
    expect((await called('echo "hello world"; echo more')).out).toBe('hello world\nmore\n')
    expect((await called('true', 'x'.repeat(100_000))).out).toBe('')
    expect((await called('printf %s "$TRUNKLINE_PROCEDURE"')).out).toBe('com.test.command\n')
  })

  it('never makes an argument part of the command line', async () => {
    expect((await called('cat', '$(echo pwned); `id`')).out).toContain('$(echo pwned); `id`')
  })

  it('answers with an error when the command fails', async () => {
    const { code, err } = await called('echo "no such order" >&2; exit 7')
    expect(code).toBe(1)
    expect(err).toBe('error: wamp.error.runtime_error: no such order {"exit_code":7}\n')
  })

  it('lets no more commands run at a time than it is told, and serves the waiting in order', async () => {
    const log = join(folder, 'order')
    const callee = new Running([
      'register',
      'com.test.slow',
      '--exec',
      `read a; echo "+$a" >> ${log}; sleep 0.05; echo "-$a" >> ${log}; cat ${log}`,
      '--concurrency',
      '1',
      ...at,
    ])
    await callee.shows(/registered/)
    const results = await Promise.all([1, 2, 3].map((n) => result('call', 'com.test.slow', String(n), ...at)))
    await callee.interrupt()
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
    const longest = results.map(({ out }) => out.trim().split('\n')).toSorted((a, b) => b.length - a.length)[0] ?? []
    expect(longest).toHaveLength(6)
    for (let i = 0; i < 6; i += 2) expect(longest[i + 1]).toBe(longest[i]?.replace('+', '-'))
  })

  it.each(['roundrobin', '_sharded'])('shares a procedure with others when all name the same --invoke: %s', async (invoke) => {
    const callees = [1, 2].map(() => new Running(['register', 'com.test.shared', '--echo', '--invoke', invoke, ...at]))
    for (const callee of callees) await callee.shows(/registered/)
    expect(await result('register', 'com.test.shared', '--echo', '--invoke', 'everyone', ...at)).toMatchObject({ code: 2 })
    for (const callee of callees) await callee.interrupt()
  })

  it('ends with 1 when the procedure is taken', async () => {
    const first = new Running(['register', 'com.test.taken', '--echo', ...at])
    await first.shows(/registered/)
    const { code, err } = await result('register', 'com.test.taken', '--echo', ...at)
    expect(code).toBe(1)
    expect(err).toContain('wamp.error.procedure_already_exists')
    await first.interrupt()
  })
})
