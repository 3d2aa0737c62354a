// Shows that a client cannot distinguish unknown names from users: not by the order of the methods that a client offers, nor
// by what changes when users come and go, nor by the words of a refusal.

import type { AuthenticationOptions, UserOptions } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const ROLES = { user: ALLOW_ALL, guest: ALLOW_ALL }
const SCRAM = { kdf: 'pbkdf2', iterations: 4096, storedKey: '11'.repeat(32), serverKey: '22'.repeat(32) } as const
const cra = (salt: string): UserOptions['wampcra'] => ({ key: 'key', salt, iterations: 1000, keylen: 32 })
const USERS: Readonly<Record<string, UserOptions>> = {
  shows: { role: 'user', ticket: 'x' },
  signs: { role: 'user', wampcra: { secret: 'x' } },
  both: { role: 'user', ticket: 'x', wampcra: cra('salt of both') },
  salted: { role: 'user', scram: { ...SCRAM, salt: '0123456789abcdef' } },
  old: { role: 'user', scram: { ...SCRAM, salt: '0123456789abcdef', dialect: 'autobahn' } },
  keyed: { role: 'user', cryptosign: { publicKeys: ['ab'.repeat(32)] } },
}
const METHODS = ['ticket', 'wampcra', 'wamp-scram', 'scram', 'cryptosign', 'anonymous']
const STRANGE = Array.from({ length: 40 }, (_, i) => `nobody${i}`)

/** Every order of one and of two of the methods, and some of all. */
const OFFERS: readonly string[][] = [
  ...METHODS.map((method) => [method]),
  ...METHODS.flatMap((first) => METHODS.filter((second) => second !== first).map((second) => [first, second])),
  ...METHODS.map((_, i) => [...METHODS.slice(i), ...METHODS.slice(0, i)]),
]

describe('a name that does not exist', () => {
  let world: World
  afterEach(() => world.end())

  function open(users: AuthenticationOptions['users'] = USERS, more: AuthenticationOptions = {}): void {
    world = new World({ realms: { realm1: { authentication: { users, ...more }, roles: ROLES } } })
  }

  function hello(authid: string, authmethods: readonly string[]): ReturnType<World['connect']> {
    const peer = world.connect()
    // What every method may look for; the key belongs to no user.
    const authextra = { nonce: Buffer.alloc(16).toString('base64'), pubkey: 'cd'.repeat(32) }
    peer.say(1, 'realm1', { ...helloDetails(), authid, authmethods, authextra })
    return peer
  }

  it('is met like a user up to 1,024 characters, and no longer one like none', () => {
    open()
    expect([1_024, 1_025].map((length) => hello('n'.repeat(length), ['ticket', 'wampcra', 'wamp-scram', 'scram']).takeOne()[0])).toEqual([
      4, 3,
    ])
  })

  /** All that the router says until the login is over, without what is drawn anew each time. */
  function course(authid: string, authmethods: readonly string[]): string {
    const peer = hello(authid, authmethods)
    const [first = []] = peer.take()
    if (first[0] === 4) peer.say(5, 'wrong', {})
    return JSON.stringify([withoutChance(first, authid), peer.take()])
  }

  function withoutChance(message: readonly unknown[], authid: string): unknown {
    if (message[0] === 2) return 'WELCOME'
    const text = JSON.stringify(message, (key, value: unknown) => (CHANCE.has(key) ? String(value).length : value))
    return text
      .replaceAll(authid, '<name>')
      .replaceAll(/"challenge":"[^}]*}"/g, (challenge) => challenge.replaceAll(/\d+/g, '0').replace(/nonce[^,]*/, ''))
  }

  /** What a client that tries every offer with a name finds out. */
  function profile(authid: string): readonly string[] {
    return OFFERS.map((offer) => course(authid, offer))
  }

  /** Whether it finds out the same; looks no further than the first difference. */
  function isMetSo(authid: string, strange: readonly string[]): boolean {
    return OFFERS.every((offer, i) => course(authid, offer) === strange[i])
  }

  it.each([
    ['users alone', {}],
    ['anonymous sessions too', { anonymous: { role: 'guest' } }],
    ['tokens too', { jwt: { algorithms: ['HS256'], keys: [{ secret: 'x'.repeat(32) }] } }],
  ] satisfies [string, AuthenticationOptions][])(
    'is met in every step like a user of that name, whatever methods are offered in whatever order, where there are %s',
    (_, options) => {
      const more = { ...options, loginSecret: 'lasts' }
      const looks = STRANGE.slice(0, 8).map((authid) => {
        open(USERS, more)
        const strange = profile(authid)
        return Object.keys(USERS).find((look) => {
          open({ ...USERS, [authid]: USERS[look] ?? { role: 'user' } }, more)
          return isMetSo(authid, strange)
        })
      })
      expect(looks).not.toContain(undefined)
      expect(new Set(looks).size).toBeGreaterThan(2)
    },
  )

  /** Of each name the method and the salt that it is shown. */
  function shown(): [method: string, salt: unknown][] {
    return STRANGE.map((authid) => {
      const [, method, extra] = hello(authid, ['wampcra', 'wamp-scram', 'ticket', 'scram']).takeOne() as [
        number,
        string,
        { salt?: unknown },
      ]
      return [method, extra.salt]
    })
  }

  /** The same looks under other names and with other secrets, some of them twice. */
  const OTHERS: typeof USERS = {
    ...Object.fromEntries(Object.entries(USERS).map(([name, user]) => [`new ${name}`, user])),
    'new both': { role: 'user', ticket: 'y', wampcra: { key: 'other', salt: 'other salt12', iterations: 1000, keylen: 32 } },
    another: { role: 'user', ticket: 'z' },
    more: { role: 'user', wampcra: { secret: 'y' } },
  }

  function reload(users: AuthenticationOptions['users']): void {
    world.router.updateRealm('realm1', { authentication: { users }, roles: ROLES })
  }

  it('is shown the same after a reload that changes the users', () => {
    open()
    const before = shown()
    expect(new Set(before.map((each) => JSON.stringify(each))).size).toBeGreaterThan(8)
    reload(OTHERS)
    expect(shown()).toEqual(before)
  })

  it('is shown something else only when users of its look are gone', () => {
    open()
    const before = shown()
    reload(Object.fromEntries(Object.entries(USERS).filter(([name]) => name !== 'old')))
    const after = shown()
    const changed = before.filter((each, i) => JSON.stringify(each) !== JSON.stringify(after[i]))
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.filter(([method]) => method !== 'scram')).toEqual([])
  })

  it.each([
    ['loginSecret', { loginSecret: 'lasts' }],
    ['routerKey', { routerKey: 'ef'.repeat(32) }],
  ])('is shown the same after a restart with other users, and on every node, by %s', (_, lasting) => {
    open(USERS, lasting)
    const before = shown()
    open(OTHERS, lasting)
    expect(shown()).toEqual(before)
  })

  it('is shown the same after a restart with the same users', () => {
    open()
    const before = shown()
    open()
    expect(shown()).toEqual(before)
  })

  it('is shown by each method a salt of its own, which has nothing in common with that of another', () => {
    open(Object.fromEntries(Object.entries(USERS).filter(([name]) => ['both', 'salted', 'old'].includes(name))))
    for (const authid of STRANGE) {
      const salts = ['wampcra', 'wamp-scram', 'scram'].map((method) => (hello(authid, [method]).takeOne()[2] as { salt: string }).salt)
      expect(new Set(salts.map((salt) => salt.slice(0, 6))).size).toBe(3)
    }
  })

  it('is shown another salt in another realm, also where both have the same secret', () => {
    const authentication = { users: USERS, loginSecret: 's'.repeat(32) }
    world = new World({ realms: { realm1: { authentication, roles: ROLES }, realm2: { authentication, roles: ROLES } } })
    const salts = ['realm1', 'realm2'].map((realm) => {
      const peer = world.connect()
      peer.say(1, realm, { ...helloDetails(), authid: 'nobody', authmethods: ['wamp-scram'], authextra: { nonce: 'AAAA' } })
      return (peer.takeOne()[2] as { salt: string }).salt
    })
    expect(salts[0]).not.toBe(salts[1])
  })

  it('is shown a salt that has the length of a real one and is not that of another name', () => {
    open({ both: USERS['both'] ?? { role: 'user' } })
    const salts = STRANGE.map((authid) => (hello(authid, ['wampcra']).takeOne()[2] as { salt: string }).salt)
    expect(new Set(salts).size).toBe(STRANGE.length)
    expect(new Set(salts.map(({ length }) => length))).toEqual(new Set(['salt of both'.length]))
  })
})

const CHANCE: ReadonlySet<string> = new Set(['nonce', 'salt'])
