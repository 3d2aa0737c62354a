// Shows by chance and a naive model that no path shows what the direct path denies: events by exact, prefix and wildcard
// subscriptions, calls by pattern registrations, the meta API; before and after the rights change.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action } from '../core/ports/index.ts'
import { believing, joinAs } from '../testing/logins.ts'

const ACTIONS: readonly Action[] = ['call', 'register', 'publish', 'subscribe']
// `peter` is a name that a placeholder may become; `p` begins like it.
const NAMES = ['p', 'peter', 'user']
const UNIVERSE = [1, 2, 3].flatMap((length) => urisOf(length))

function urisOf(length: number): string[] {
  return length === 1 ? NAMES : urisOf(length - 1).flatMap((start) => NAMES.map((name) => `${start}.${name}`))
}

interface ModelRule {
  readonly match: MatchPolicy
  readonly uri: string
  readonly allow: readonly Action[]
}

interface Who {
  readonly authid: string
  readonly authrole: string
  readonly session: number
}

/** The model: looks at each URI by itself, and at the letters of the rule. */
function matches({ match, uri: pattern }: ModelRule, uri: string): boolean {
  if (match === 'exact') return uri === pattern
  if (match === 'prefix') return uri.startsWith(pattern)
  const [wanted, given] = [pattern.split('.'), uri.split('.')]
  return wanted.length === given.length && wanted.every((component, i) => component === '' || component === given[i])
}

function rank({ match, uri }: ModelRule): string {
  if (match === 'exact') return '3'
  if (match === 'prefix') return `2${String(uri.length).padStart(3, '0')}`
  return `1${uri
    .split('.')
    .map((component) => (component === '' ? '0' : '1'))
    .join('')}`
}

function isGranted(rules: readonly ModelRule[], who: Who, action: Action, uri: string): boolean {
  const filled = rules.flatMap((rule) => {
    const values = { '{authid}': who.authid, '{authrole}': who.authrole, '{session}': String(who.session) }
    const parts = rule.uri.split('.').map((part) => (part in values ? values[part as keyof typeof values] : part))
    const isFit = parts.every((part, i) => part === rule.uri.split('.')[i] || /^[^\s.#]+$/.test(part))
    return isFit ? [{ ...rule, uri: parts.join('.') }] : []
  })
  const matching = filled.filter((rule) => matches(rule, uri))
  const best = matching.map(rank).sort().at(-1)
  const deciding = matching.filter((rule) => rank(rule) === best)
  return deciding.length > 0 && deciding.every(({ allow }) => allow.includes(action))
}

const part = fc.constantFrom(...NAMES, '{authid}', '{authrole}', '{session}')
const exact = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({ match: 'exact' as const, uri: parts.join('.') }))
const prefix = fc
  .array(part, { maxLength: 2 })
  .map((parts) => ({ match: 'prefix' as const, uri: parts.map((each) => `${each}.`).join('') }))
const wildcard = fc
  .array(fc.oneof(part, fc.constant('')), { minLength: 1, maxLength: 3 })
  .map((parts) => ({ match: 'wildcard' as const, uri: parts.join('.') }))
const allowed = fc.oneof(fc.constant<Action[]>([]), fc.constant([...ACTIONS]), fc.subarray([...ACTIONS]))
const rule = fc.tuple(fc.oneof(exact, prefix, wildcard), allowed).map(([pattern, allow]): ModelRule => ({ ...pattern, allow }))
const EVERYTHING: ModelRule = { match: 'prefix', uri: '', allow: ACTIONS }
const rules = fc.tuple(fc.array(rule, { maxLength: 5 }), fc.boolean()).map(([all, isOpen]) => (isOpen ? [...all, EVERYTHING] : all))
const asked = fc.oneof(
  fc.constantFrom(...UNIVERSE).map((uri) => ({ match: 'exact' as const, uri })),
  fc
    .tuple(fc.constantFrom(...UNIVERSE), fc.nat(8))
    .map(([uri, length]) => ({ match: 'prefix' as const, uri: uri.slice(0, length) }))
    .filter(({ uri }) => !uri.startsWith('.') && !uri.includes('..')),
  fc
    .array(fc.constantFrom('', ...NAMES), { minLength: 1, maxLength: 3 })
    .map((parts) => ({ match: 'wildcard' as const, uri: parts.join('.') })),
)
const authid = fc.constantFrom('peter', 'p', 'user', 'p.p', '', '#', 'no body')

const META: readonly Rule[] = [{ uri: 'wamp.**', allow: ['call'] }]
const FREE: readonly Rule[] = [{ uri: '**', allow: ACTIONS }]

/** A realm with a tester of role `user` and a session that may do everything. */
class Setting {
  readonly world = new World({ realms: {} })
  readonly tester: TestPeer
  readonly free: TestPeer
  readonly who: Who
  readonly #requests = new Map<TestPeer, number>()

  constructor(given: readonly ModelRule[], name: string) {
    this.world.router.addRealm('realm1', this.#options(given))
    this.tester = joinAs(this.world, `${name}@user`)
    this.free = joinAs(this.world, 'f@free')
    this.who = { authid: name, authrole: 'user', session: this.tester.session }
  }

  change(given: readonly ModelRule[]): void {
    this.world.router.updateRealm('realm1', this.#options(given))
    this.world.settle()
    this.tester.take()
  }

  /** Sends a request; the answer. */
  ask(peer: TestPeer, type: number, ...rest: unknown[]): unknown[] {
    const request = (this.#requests.get(peer) ?? 0) + 1
    this.#requests.set(peer, request)
    peer.say(type, request, ...rest)
    return peer.take().at(-1) ?? []
  }

  /** The topics of which the tester gets an event. */
  seenTopics(): string[] {
    return UNIVERSE.filter((uri) => {
      this.ask(this.free, 16, { acknowledge: true }, uri)
      return this.tester.take().length > 0
    })
  }

  /** The procedures of which the tester gets the calls. */
  seenCalls(): string[] {
    return UNIVERSE.filter((uri) => {
      this.ask(this.free, 48, {}, uri)
      const invocations = this.tester.take()
      for (const [, invocation] of invocations) this.tester.say(70, invocation, {})
      this.free.take()
      return invocations.length > 0
    })
  }

  end(): void {
    this.world.end()
  }

  #options(given: readonly ModelRule[]): Parameters<World['router']['addRealm']>[1] {
    return { authenticate: believing, roles: { user: [...given, ...META], free: FREE } }
  }
}

function expectGranted(given: readonly ModelRule[], who: Who, action: Action, seen: readonly string[]): void {
  expect(seen.filter((uri) => !isGranted(given, who, action, uri))).toEqual([])
}

describe('no path shows what the direct path denies', () => {
  const RUNS = { numRuns: 60 }

  it('direct actions are decided as the model says', () => {
    fc.assert(
      fc.property(rules, authid, fc.constantFrom(...UNIVERSE), (given, name, uri) => {
        const setting = new Setting(given, name)
        const says = [
          setting.ask(setting.tester, 48, {}, uri)[4] !== 'wamp.error.not_authorized',
          setting.ask(setting.tester, 64, {}, uri)[0] === 65,
          setting.ask(setting.tester, 16, { acknowledge: true }, uri)[0] === 17,
          setting.ask(setting.tester, 32, {}, uri)[0] === 33,
        ]
        expect(says).toEqual(ACTIONS.map((action) => isGranted(given, setting.who, action, uri)))
        setting.end()
      }),
      RUNS,
    )
  })

  it('events: by no subscription, exact or pattern, before or after the rights change [AP-PS-PAT-10]', () => {
    fc.assert(
      fc.property(rules, rules, authid, fc.array(asked, { minLength: 1, maxLength: 4 }), (given, later, name, patterns) => {
        const setting = new Setting(given, name)
        for (const { match, uri } of patterns) setting.ask(setting.tester, 32, { match }, uri)
        expectGranted(given, setting.who, 'subscribe', setting.seenTopics())
        setting.change(later)
        expectGranted(later, setting.who, 'subscribe', setting.seenTopics())
        setting.end()
      }),
      RUNS,
    )
  })

  it('calls: by no registration, exact or pattern, before or after the rights change', () => {
    fc.assert(
      fc.property(rules, rules, authid, fc.array(asked, { minLength: 1, maxLength: 4 }), (given, later, name, patterns) => {
        const setting = new Setting(given, name)
        for (const { match, uri } of patterns) setting.ask(setting.tester, 64, { match }, uri)
        expectGranted(given, setting.who, 'register', setting.seenCalls())
        setting.change(later)
        expectGranted(later, setting.who, 'register', setting.seenCalls())
        setting.end()
      }),
      RUNS,
    )
  })

  it('meta API: neither lists nor look-ups nor matches show what others hold and the session may not use', () => {
    fc.assert(
      fc.property(rules, authid, fc.array(fc.constantFrom(...UNIVERSE), { minLength: 1, maxLength: 6 }), (given, name, uris) => {
        const setting = new Setting(given, name)
        const { tester, free, who } = setting
        for (const [type, room, actions] of [
          [64, 'registration', ['call', 'register']],
          [32, 'subscription', ['subscribe', 'publish']],
        ] as const) {
          const ids = new Map([...new Set(uris)].map((uri) => [uri, setting.ask(free, type, {}, uri)[2]]))
          const isShown = (uri: string): boolean => actions.some((action) => isGranted(given, who, action, uri))
          const shown = [...ids].filter(([uri]) => isShown(uri))
          const result = (procedure: string, ...args: unknown[]): unknown => {
            const reply = setting.ask(tester, 48, {}, `wamp.${room}.${procedure}`, args)
            return reply[0] === 50 ? (reply[3] as unknown[])[0] : reply[4]
          }
          expect(result('list')).toMatchObject({ exact: shown.map(([, id]) => id) })
          for (const [uri, id] of ids) {
            const missing = isShown(uri) ? id : null
            expect(result('lookup', uri)).toBe(missing)
            expect(result('match', uri)).toEqual(room === 'subscription' && missing !== null ? [id] : missing)
            if (!isShown(uri)) expect(result('get', id)).toBe(`wamp.error.no_such_${room}`)
          }
        }
        setting.end()
      }),
      RUNS,
    )
  })
})
