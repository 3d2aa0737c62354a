// Shows the cookies that the router issues: for whom, what they mean after a login, and when they mean nothing any more.

import type { AuthenticationOptions, IssuedCookieOptions, RealmOptions, TransportInfo } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { Arrival } from '../testing/arrivals.ts'
import { arrive, outcomeOf } from '../testing/arrivals.ts'

const ORIGIN = 'https://shop.example.com'
const UNKNOWN = 'wamp.error.authentication_denied'
const LOGOUT = 'trunkline.auth.logout'
const FORGET = 'trunkline.admin.forget_logins'
const USERS: Readonly<NonNullable<AuthenticationOptions['users']>> = {
  joe: { role: 'user', ticket: 'joe', extra: { desk: 4 } },
  ann: { role: 'user', ticket: 'ann', realm: 'other' },
  root: { role: 'admin', ticket: 'root' },
}
const JOE: Arrival = { authid: 'joe', ticket: 'joe' }

interface Visit {
  readonly peer: TestPeer
  readonly outcome: unknown
  /** The cookie that the browser has now. */
  readonly cookie: string | undefined
}

describe('a cookie that the router issues', () => {
  let world: World
  afterEach(() => world.end())

  function shop(issued: IssuedCookieOptions = {}, more: AuthenticationOptions = {}): RealmOptions {
    return {
      roles: {
        user: [{ uri: LOGOUT, allow: ['call'] }],
        admin: [{ uri: FORGET, allow: ['call'] }],
        service: [{ uri: '**', allow: ['register'] }],
      },
      authentication: { users: USERS, anonymous: { role: 'user' }, cookie: { name: 'sid', origins: [ORIGIN], issued }, ...more },
    }
  }

  function open(realm = shop()): void {
    const other: RealmOptions = { roles: { user: [{ uri: LOGOUT, allow: ['call'] }] } }
    world = new World({ realms: { realm1: realm, other } })
  }

  const infoOf = (more: Partial<TransportInfo>): TransportInfo => ({
    kind: 'websocket',
    peer: '192.0.2.1:1',
    isSecure: true,
    origin: ORIGIN,
    ...more,
  })
  /** What the answer to the opening of a connection would set. */
  const setFor = (info: Partial<TransportInfo>): readonly string[] => world.router.issueCookies(infoOf(info)).map(({ header }) => header)

  /** A page that opens a connection with the cookie that its browser has, and logs in. */
  function visit(arrival: Arrival, cookie?: string): Visit {
    const info = infoOf({ ...arrival.info, ...(cookie === undefined ? {} : { cookie: `sid=${cookie}` }) })
    const issuedCookies = new Map(world.router.issueCookies(info).map(({ name, value }) => [name, value]))
    const arrived = arrive(world, { ...arrival, info: { ...info, issuedCookies } })
    return { ...arrived, cookie: issuedCookies.get('sid') ?? cookie }
  }

  const byCookie = (cookie: string | undefined, more: Arrival = {}): unknown => visit({ methods: ['cookie'], ...more }, cookie).outcome

  async function call(peer: TestPeer, ...words: readonly unknown[]): Promise<unknown> {
    peer.say(48, peer.nextRequest, {}, ...words)
    // What is kept in memory alone is saved by the next turn of the loop.
    await new Promise(setImmediate)
    world.settle()
    const answer = peer.takeOne()
    return answer[0] === 50 ? (answer[3] as unknown[])[0] : answer[4]
  }

  it('is fresh, of 256 bits, for this host, and out of reach of scripts, other sites and plain HTTP', () => {
    open()
    const [one, two] = [setFor({})[0], setFor({})[0]]
    expect(one).toMatch(/^sid=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    expect(one).not.toBe(two)
  })

  it('goes to pages that may log in so, and to nobody else', () => {
    open()
    expect(setFor({ origin: undefined })).toEqual([])
    expect(setFor({ origin: 'https://evil.example' })).toEqual([])
    expect(setFor({ logins: { realms: ['other'] } })).toEqual([])
    expect(setFor({ isSecure: false })).toEqual([])
    expect(setFor({ isSecure: false, peer: '127.0.0.1:1' })[0]).toMatch(/SameSite=Strict$/)
  })

  it('goes to such a page in whatever spelling its origin comes, and to those whose names fit a wildcard', () => {
    open(shop({}, { cookie: { name: 'sid', origins: [ORIGIN, 'https://*.team.example.com'], issued: {} } }))
    for (const origin of ['https://Shop.example.com:443', 'https://a.team.example.com']) expect(setFor({ origin })).toHaveLength(1)
    for (const origin of ['http://shop.example.com', 'https://team.example.com']) expect(setFor({ origin })).toEqual([])
  })

  it.each<[IssuedCookieOptions, string]>([
    [{ sameSite: 'lax', ageMs: 3_600_000 }, 'Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure'],
    [{ sameSite: 'none' }, 'Max-Age=604800; Path=/; HttpOnly; SameSite=None; Secure'],
  ])('is as the realm says: %j', (issued, text) => {
    open(shop(issued))
    expect(setFor({})[0]).toMatch(new RegExp(`^sid=[^;]+; ${text}$`))
    expect(setFor({ isSecure: false, peer: '127.0.0.1:1' }).length).toBe(issued.sameSite === 'none' ? 0 : 1)
  })

  it('that browsers take only over TLS is issued only there', () => {
    open(shop({}, { cookie: { name: '__Host-sid', origins: [ORIGIN], issued: {} }, plainTickets: true }))
    expect(setFor({})[0]).toMatch(/^__Host-sid=.*Secure$/)
    expect(setFor({ isSecure: false, peer: '127.0.0.1:1' })).toEqual([])
  })

  it('stands for a login on its connection from then on, with what WELCOME told', () => {
    open()
    const { outcome, cookie } = visit(JOE)
    expect(outcome).toBe('joe user realm1')
    const again = world.connect('json', infoOf({ cookie: `a=1; sid=${cookie}` }))
    again.say(1, 'realm1', { roles: { caller: {} }, authmethods: ['cookie'] })
    expect(again.takeOne()[2]).toMatchObject({ authid: 'joe', authmethod: 'cookie', authextra: { desk: 4 } })
    expect(byCookie(cookie, { authid: 'joe' })).toBe('joe user realm1')
    expect(byCookie(cookie, { authid: 'root' })).toBe(UNKNOWN)
    expect(setFor({ cookie: `sid=${cookie}` })).toEqual([])
  })

  it('leads into the realm that the login had assigned, and can be given up there', async () => {
    open()
    const { peer, outcome, cookie } = visit({ authid: 'ann', ticket: 'ann' })
    expect(outcome).toBe('ann user other')
    expect(byCookie(cookie)).toBe('ann user other')
    expect(await call(peer, LOGOUT)).toBe(1)
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it.each<[string, Arrival]>([
    ['before a login', { methods: ['ticket'] }],
    ['after a wrong secret', { authid: 'joe', ticket: 'wrong' }],
    ['after a session without a login', {}],
  ])('stands for nobody %s', (_, arrival) => {
    open()
    const { cookie } = visit(arrival)
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it('is not taken over from whoever planted it: a value that stands for nobody is replaced, and never gets a meaning', () => {
    open()
    const planted = 'a'.repeat(43)
    const { outcome, cookie } = visit(JOE, planted)
    expect(outcome).toBe('joe user realm1')
    expect(cookie).not.toBe(planted)
    expect(byCookie(planted)).toBe(UNKNOWN)
    expect(byCookie(cookie)).toBe('joe user realm1')
  })

  it('keeps its meaning when another user logs in on a connection that came with it', () => {
    open()
    const { cookie } = visit(JOE)
    expect(visit({ authid: 'root', ticket: 'root' }, cookie)).toMatchObject({ outcome: 'root admin realm1', cookie })
    expect(byCookie(cookie)).toBe('joe user realm1')
  })

  it('lets in no page of another origin, and nothing that others on the way can read', () => {
    open()
    const { cookie } = visit(JOE)
    expect(byCookie(cookie, { info: { origin: 'https://evil.example' } })).toBe(UNKNOWN)
    expect(byCookie(cookie, { info: { isSecure: false } })).toBe(UNKNOWN)
    expect(byCookie(cookie)).toBe('joe user realm1')
  })

  it('is over after its age', () => {
    open(shop({ ageMs: 60_000 }))
    const { cookie } = visit(JOE)
    world.advance(59_000)
    expect(byCookie(cookie)).toBe('joe user realm1')
    world.advance(2_000)
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it.each<[string, AuthenticationOptions['users']]>([
    ['is gone', { root: { role: 'admin', ticket: 'root' } }],
    ['has another secret', { ...USERS, joe: { role: 'user', ticket: 'new' } }],
    ['has another role', { ...USERS, joe: { role: 'admin', ticket: 'joe', extra: { desk: 4 } } }],
  ])('stands for nobody when its user %s, also when that is taken back', (_, users) => {
    open()
    const { cookie } = visit(JOE)
    world.router.updateRealm('realm1', shop({}, { users }))
    expect(byCookie(cookie)).toBe(UNKNOWN)
    world.router.updateRealm('realm1', shop())
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it('outlives a change of the realm that does not concern its user, and so do sessions that came by it', () => {
    open()
    const { cookie } = visit(JOE)
    const { peer } = visit({ methods: ['cookie'] }, cookie)
    world.router.updateRealm('realm1', shop({ most: 5 }, { users: { joe: USERS['joe'] ?? { role: '' } } }))
    expect(byCookie(cookie)).toBe('joe user realm1')
    expect(peer.take()).toEqual([])
    world.router.updateRealm('realm1', shop({}, { users: {} }))
    expect(peer.take().map(([type]) => type)).toEqual([6])
  })

  it('is given up by its user: that of the connection, or all', async () => {
    open()
    const [first, second] = [visit(JOE), visit(JOE)]
    const third = visit({ methods: ['cookie'] }, second.cookie)
    expect(await call(third.peer, LOGOUT)).toBe(1)
    expect([byCookie(first.cookie), byCookie(second.cookie)]).toEqual(['joe user realm1', UNKNOWN])
    const fourth = visit(JOE)
    expect(await call(fourth.peer, LOGOUT, [], { all: true })).toBe(2)
    expect([byCookie(first.cookie), byCookie(fourth.cookie)]).toEqual([UNKNOWN, UNKNOWN])
  })

  it('is revoked by who has the right to it, and by nobody else', async () => {
    open()
    const { peer, cookie } = visit(JOE)
    expect(await call(peer, FORGET, ['joe'])).toBe('wamp.error.not_authorized')
    const { peer: root } = visit({ authid: 'root', ticket: 'root' })
    expect(await call(root, FORGET, [7])).toBe('wamp.error.invalid_argument')
    expect(await call(root, FORGET, ['ann'])).toBe(0)
    expect(await call(root, FORGET, ['joe'])).toBe(1)
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it('stands for a user of a procedure as long as one decides about that method', () => {
    const dynamic = [{ procedure: 'com.judge', methods: ['ticket'] }]
    open(shop({}, { users: { judge: { role: 'service', ticket: 'judge' } }, dynamic }))
    const judge = arrive(world, { authid: 'judge', ticket: 'judge' }).peer
    judge.register('com.judge')
    const { peer, cookie } = visit({ authid: 'eve', ticket: 'eve' })
    judge.say(70, judge.takeOne()[1], {}, [{ role: 'user' }])
    expect(outcomeOf(peer.take())).toBe('eve user realm1')
    expect(byCookie(cookie)).toBe('eve user realm1')
    world.router.updateRealm('realm1', shop({}, { users: { judge: { role: 'service', ticket: 'judge' } } }))
    expect(byCookie(cookie)).toBe(UNKNOWN)
  })

  it('is not shown to procedures that decide about logins, nor is that of another realm', () => {
    const dynamic = [{ procedure: 'com.judge', methods: ['ticket'] }]
    const users = { judge: { role: 'service', ticket: 'judge' } }
    open(shop({}, { users, dynamic }))
    world.router.addRealm('second', shop({}, { users, cookie: { name: 'own', origins: [ORIGIN], issued: {} } }))
    const judge = arrive(world, { authid: 'judge', ticket: 'judge' }).peer
    judge.register('com.judge')
    arrive(world, { authid: 'eve', ticket: 'eve', info: { cookie: 'theme=dark; sid=secret; own=secret' } })
    expect(JSON.stringify(judge.takeOne())).toContain('"cookie":"theme=dark"')
    arrive(world, { authid: 'eve', ticket: 'eve', info: { cookie: 'sid=secret' } })
    expect(JSON.stringify(judge.takeOne())).not.toContain('secret')
  })

  it('belongs to one realm, and stands in place of cookies of the application', () => {
    open()
    expect(() => world.router.addRealm('second', shop())).toThrow("realm 'second': realm 'realm1' issues the cookie 'sid'")
    const own = { name: 'b', origins: [ORIGIN], issued: {}, procedure: 'com.who' }
    expect(() => world.router.addRealm('third', shop({}, { cookie: own }))).toThrow('cannot be combined with static or procedure')
    const named = { name: 'a b', origins: [ORIGIN], issued: {} }
    expect(() => world.router.addRealm('fourth', shop({}, { cookie: named }))).toThrow("'a b' is not a valid name of a cookie")
  })
})
