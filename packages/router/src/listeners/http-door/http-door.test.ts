// Shows calls and publications as requests of HTTP, against a real router and with plain requests.

import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../testing/http-door-scene.ts'
import { basic, HttpDoorScene, later, Refusal } from '../../testing/http-door-scene.ts'

const PROBLEM = 'application/problem+json'
const DEEP = '['.repeat(5_000) + ']'.repeat(5_000)

describe('a call as a request', () => {
  it('takes args and kwargs and gives those of the result', async () => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
    await door.backend.register('com.example.who', ({ kwargs }) => kwargs['name'])
    expect(await door.post('/call/com.example.add', { args: [1, 2] })).toMatchObject({
      status: 200,
      type: 'application/json',
      body: { args: [3] },
    })
    expect((await door.post('/call/com.example.who', { kwargs: { name: 'Zoë' } })).body).toEqual({ args: ['Zoë'] })
  })

  it.each([
    ['a list is the args', [1, 2], { args: [1, 2], kwargs: {} }],
    ['another dict is the kwargs', { a: 1, args: 2 }, { args: [], kwargs: { a: 1, args: 2 } }],
    ['another value is the one argument', 'a text'.length, { args: [6], kwargs: {} }],
    ['no body is no argument', '', { args: [], kwargs: {} }],
    ['a dict of nothing else is args and kwargs', { args: [null], kwargs: { a: [] } }, { args: [null], kwargs: { a: [] } }],
  ])('maps a plain body: %s', async (_name, body, expected) => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.got', ({ args, kwargs }) => ({ args, kwargs }))
    expect((await door.post('/call/com.example.got', body)).body).toEqual({ args: [expected] })
  })

  it.each([
    ['{"args":[1,2', 'malformed JSON at octet 13'],
    ['1],{"a":1', 'malformed JSON at octet 9'],
    ['1,2', 'the body is more than one value'],
    ['1],{"a":[1],"b":2}', 'malformed JSON'],
    ['{"args":1}', 'args is not a list'],
    ['{"kwargs":[]}', 'kwargs is not a dict'],
    ['{"options":1}', 'options is not a dict'],
    ['{"options":{"timeout":"soon"}}', 'timeout'],
    ['{"options":{"receive_progress":true}}', "there is no option 'receive_progress'"],
    ['{"options":{"rkey":"\\u0000x"}}', 'U+0000'],
    ['{"options":{"rkey":"\\ud800"}}', 'half a character'],
    [DEEP, 'deep'],
    ['"\\ud800"', ''],
  ])('refuses a bad body, and the next request finds the same session: %#', async (body, detail) => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.caller', ({ details }) => details['caller'] ?? 'none')
    const before = door.router.counters.sessionsClosed
    const { status, type, body: problem } = await door.post('/call/com.example.caller', body)
    expect([status, type]).toEqual([400, PROBLEM])
    expect((problem as { detail: string }).detail).toContain(detail)
    expect((await door.post('/call/com.example.caller', [])).status).toBe(200)
    expect(door.router.counters.sessionsClosed).toBe(before)
  })

  it('answers an error of the callee with its URI, args and kwargs', async () => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.divide', () => {
      throw new Refusal('com.example.error.by_zero', ['cannot divide by zero'], { a: 1 })
    })
    expect(await door.post('/call/com.example.divide', [1, 0])).toMatchObject({
      status: 422,
      type: PROBLEM,
      body: {
        title: 'Unprocessable Content',
        status: 422,
        detail: 'cannot divide by zero',
        error: 'com.example.error.by_zero',
        args: ['cannot divide by zero'],
        kwargs: { a: 1 },
      },
    })
  })

  it.each([
    ['/call/com.example.none', 404, 'wamp.error.no_such_procedure'],
    ['/call/com..example', 400, 'wamp.error.invalid_uri'],
    ['/call/com.example%ZZ', 400, 'wamp.error.invalid_uri'],
    ['/call/%00', 400, 'wamp.error.invalid_argument'],
    ['/publish/com..example', 400, 'wamp.error.invalid_uri'],
  ])('answers %s with %i', async (path, status, error) => {
    const door = await HttpDoorScene.open()
    expect(await door.post(path, [])).toMatchObject({ status, type: PROBLEM, body: { status, error } })
  })

  it('ends at the time limit of the request, and of the door', async () => {
    const door = await HttpDoorScene.open({ timeoutMs: 20 })
    await door.backend.register('com.example.never', () => new Promise(() => {}))
    expect(await door.post('/call/com.example.never', [])).toMatchObject({ status: 504, body: { error: 'wamp.error.timeout' } })
    expect((await door.post('/call/com.example.never', { options: { timeout: 10 } })).status).toBe(504)
  })

  it('is cancelled when its client goes away', async () => {
    const door = await HttpDoorScene.open()
    const begun = later()
    const cancelled = later()
    await door.backend.register('com.example.long', ({ signal }) => {
      signal.addEventListener('abort', () => cancelled.resolve())
      begun.resolve()
      return new Promise(() => {})
    })
    const leaving = new AbortController()
    const asked = door.post('/call/com.example.long', [], {}, { signal: leaving.signal })
    await begun.promise
    leaving.abort()
    await expect(asked).rejects.toThrow('abort')
    await cancelled.promise
  })
})

describe('a publication as a request', () => {
  it('reaches subscribers, and is acknowledged by its id', async () => {
    const door = await HttpDoorScene.open()
    const got = later<unknown>()
    await door.backend.subscribe('com.example.ticked', ({ payload, publication }) =>
      got.resolve({ args: payload?.args, kwargs: payload?.kwargs, publication }),
    )
    const { status, body } = await door.post('/publish/com.example.ticked', { args: [1], kwargs: { at: 2 } })
    expect(status).toBe(200)
    expect(await got.promise).toEqual({ args: [1], kwargs: { at: 2 }, ...(body as object) })
  })
})

describe('who makes a request', () => {
  it('has the rights of its login, and no other', async () => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.role', ({ details }) => details['caller_authrole'] ?? null)
    await door.backend.register('org.example.other', () => 1)
    const alice = basic('alice', 'a secret')
    expect(await door.post('/call/com.example.role', { options: { disclose_me: true } }, alice)).toMatchObject({ body: { args: ['user'] } })
    expect(await door.post('/call/org.example.other', [], alice)).toMatchObject({
      status: 403,
      body: { error: 'wamp.error.not_authorized' },
    })
    expect((await door.post('/publish/com.example.a', [], alice)).status).toBe(403)
    expect((await door.post('/call/org.example.other', [])).status).toBe(200)
  })

  it('is refused with wrong credentials, also while others of the same name are logged in', async () => {
    const door = await HttpDoorScene.open()
    expect((await door.post('/call/com.example.none', [], basic('alice', 'a secret'))).status).toBe(404)
    for (const headers of [
      basic('alice', 'wrong'),
      basic('bob', 'a secret'),
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
      { authorization: 'Digest a' },
      { authorization: 'Basic ====' },
    ]) {
      const refused = await door.post('/call/com.example.none', [], headers)
      expect([headers.authorization, refused.status, refused.type]).toEqual([headers.authorization, 401, PROBLEM])
      expect(refused.headers.get('www-authenticate')).toContain('Basic realm="realm1"')
    }
  })

  it('shares one session with all that say the same, and logs in again after a change of the listener', async () => {
    const door = await HttpDoorScene.open()
    const sessions = (): number => door.router.counters.sessionsOpened - door.router.counters.sessionsClosed
    const before = sessions()
    await Promise.all([1, 2, 3].map(() => door.post('/call/com.example.none', [])))
    expect(sessions()).toBe(before + 1)
    await door.post('/call/com.example.none', [], basic('alice', 'a secret'))
    expect(sessions()).toBe(before + 2)
    door.listener.change({ http: { path: '/api', realm: 'realm1' } })
    await expect.poll(sessions).toBe(before)
    await door.post('/call/com.example.none', [])
    expect(sessions()).toBe(before + 1)
  })

  it('gets 503 when the session is ended, and has another at the next request', async () => {
    const door = await HttpDoorScene.open()
    const begun = later()
    await door.backend.register('com.example.long', () => {
      begun.resolve()
      return new Promise(() => {})
    })
    const asked = door.post('/call/com.example.long', [], basic('alice', 'a secret'))
    await begun.promise
    door.router.endSessions({ authid: 'alice' })
    expect(await asked).toMatchObject({ status: 503, body: { error: 'wamp.close.killed' } })
    expect((await door.post('/call/com.example.none', [], basic('alice', 'a secret'))).status).toBe(404)
  })
})

describe('what pages may do', () => {
  it('lets no page make a request that its browser would not ask about first', async () => {
    const door = await HttpDoorScene.open()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', '']) {
      expect(await door.post('/call/com.example.none', '[]', { 'content-type': type })).toMatchObject({ status: 415, type: PROBLEM })
    }
    const bare = await fetch(`${door.base}/call/com.example.none`, { method: 'POST' })
    expect(bare.status).toBe(415)
  })

  it('refuses origins that may not connect, and answers the others', async () => {
    const mayUpgrade = ({ headers }: { headers: { origin?: string } }) =>
      headers.origin === undefined || headers.origin === 'https://app.example' ? undefined : { status: 403, text: 'not from there' }
    const door = await HttpDoorScene.open({}, {}, { mayUpgrade })
    const evil = await door.post('/call/com.example.none', [], { origin: 'https://evil.example' })
    expect([evil.status, evil.headers.get('access-control-allow-origin')]).toEqual([403, null])
    const preflight = await fetch(`${door.base}/call/a`, { method: 'OPTIONS', headers: { origin: 'https://app.example' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example'])
    const good = await door.post('/call/com.example.none', [], { origin: 'https://app.example', ...basic('alice', 'wrong') })
    expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('www-authenticate')]).toEqual([
      401,
      'https://app.example',
      'Bearer realm="realm1"',
    ])
  })
})

describe('the bounds of the door', () => {
  it('refuses a body that is too long with 413', async () => {
    const door = await HttpDoorScene.open({ maxBodyBytes: 1_000 })
    const refused = await door.post('/publish/com.example.a', ['a'.repeat(1_000)])
    expect(refused).toMatchObject({ status: 413, body: { error: 'wamp.error.payload_size_exceeded' } })
    expect((await door.post('/publish/com.example.a', ['a'.repeat(900)])).status).toBe(200)
  })

  it('answers 429 to requests beyond the rate of the realm that find no place to wait', async () => {
    const door = await HttpDoorScene.open({}, { limits: { messageRate: { perSecond: 1, burst: 2 } } })
    const refused = later<Answer>()
    for (let i = 0; i < 100; i++) {
      const answered = door.post('/call/com.example.none', [])
      answered.then(
        (answer) => answer.status === 429 && refused.resolve(answer),
        () => undefined, // Those that wait end with the test.
      )
    }
    const answer = await refused.promise
    expect(answer).toMatchObject({ type: PROBLEM, body: { error: 'trunkline.error.limit_exceeded' } })
    expect(answer.headers.get('retry-after')).toBe('1')
  })

  it('serves nothing at other paths or by other methods, and nothing at all without its option', async () => {
    const door = await HttpDoorScene.open()
    expect((await fetch(`${door.base}/call/a`)).status).toBe(405)
    expect((await door.post('/register/a', [])).status).toBe(404)
    door.listener.change({ http: undefined })
    expect((await door.post('/call/a', [])).status).toBe(404)
  })

  it('answers 503 while the router stops', async () => {
    const door = await HttpDoorScene.open()
    const begun = later()
    const go = later<number>()
    await door.backend.register('com.example.long', () => {
      begun.resolve()
      return go.promise
    })
    const asked = door.post('/call/com.example.long', [])
    await begun.promise
    const drained = door.router.drain()
    expect(await door.post('/call/com.example.long', [])).toMatchObject({ status: 503, body: { error: 'wamp.close.system_shutdown' } })
    go.resolve(7)
    expect(await asked).toMatchObject({ status: 200, body: { args: [7] } })
    await drained
  })

  it('is not confused by two lengths of one body', async () => {
    const door = await HttpDoorScene.open()
    const socket = connect(Number(new URL(door.base).port), '127.0.0.1')
    const head = 'POST /api/publish/com.example.a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    socket.write(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /api/call/b HTTP/1.1\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /)
    socket.destroy()
  })
})
