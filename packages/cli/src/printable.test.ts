// Shows that nothing that peers say gives commands to the terminal that shows it, hides, or forges a line, whichever command prints it.

import { ApplicationError } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureJson, failureText } from './failures.ts'
import { printable, printableLine } from './printable.ts'
import type { Look } from './top/look.ts'
import { overview } from './top/picture.ts'
import { trafficText } from './traffic-text.ts'
import { result, Running } from './testing/running-command.ts'

/** Commands of C0 and C1, DEL, separators, bidirectional marks, tags, a half of a pair. */
const EVIL = 'x\u001b[2J\u009b2J\u007f\r\b\u2028\u202ey\u2066\u200f\ufeff\u{e0041}\ud800'
/** What can cross the wire of it. */
const SAID = EVIL.slice(0, -1)
const SEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\n)\p{Cc}/u

describe('printable', () => {
  it('escapes what a terminal obeys, what is not seen and what turns others round, and nothing else', () => {
    expect(printable(EVIL)).toBe(String.raw`x\u001b[2J\u009b2J\u007f\u000d\u0008\u2028\u202ey\u2066\u200f\ufeff\udb40\udc41\ud800`)
    const fine = 'tab\tline\nÄ日本語 \u0627\u0644 👩‍👩‍👧 e\u0301 \\u001b'
    expect(printable(fine)).toBe(fine)
  })

  it('leaves a JSON document the same document', () => {
    expect(JSON.parse(printable(JSON.stringify({ [EVIL]: [EVIL, '\u0085'] })))).toEqual({ [EVIL]: [EVIL, '\u0085'] })
  })

  it('quotes a text of several lines where it is to be one', () => {
    expect(printableLine('a\nb\u202e')).toBe(String.raw`"a\nb\u202e"`)
    expect(printableLine('plain')).toBe('plain')
  })
})

describe('what peers say', () => {
  let router: Router
  let at: readonly string[]
  beforeAll(async () => {
    const roles = { guest: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] }
    const message = `go away ${SAID}\nerror: forged`
    router = createRouter({
      realms: {
        realm1: { anonymousRole: 'guest', roles },
        closed: { authenticate: (_request, _info, next) => next({ deny: 'com.example.no', message }), roles: {} },
      },
    })
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
    at = ['--url', address]
    const callee = await openSession({ transport: router.openLocal(), realm: 'realm1' })
    await callee.register('com.evil.text', () => SAID)
    await callee.register('com.evil.dict', () => ({ [SAID]: SAID }))
    await callee.register('com.evil.error', () => {
      throw new ApplicationError('com.example.evil', [`${SAID}\nerror: forged`], { [SAID]: SAID })
    })
  })
  afterAll(() => router.close())

  it.each([
    ['a text', ['call', 'com.evil.text']],
    ['a dict', ['call', 'com.evil.dict']],
    ['a dict for programs', ['call', 'com.evil.dict', '--json']],
    ['an error', ['call', 'com.evil.error']],
    ['an error for programs', ['call', 'com.evil.error', '--json']],
    ['a refusal of the router', ['call', 'a.b', '--realm', 'closed']],
    ['a refusal of the router for programs', ['call', 'a.b', '--realm', 'closed', '--json']],
    ['a URI', ['call', `com.none\u001b[2J`]],
    ['a wrong option', ['call', '--relm\u001b[2J', 'x']],
  ])('is printed so that it commands nothing: %s', async (_, words) => {
    const isOnline = !words.some((word) => word.startsWith('--relm'))
    const { out, err } = await result(...words, ...(isOnline ? at : []))
    expect(out + err).not.toMatch(SEEN)
    expect(out + err).toContain(String.raw`\u001b`)
    expect((out + err).split('\n').filter((line) => line.startsWith('error: forged'))).toEqual([])
  })

  it('is printed so in events too', async () => {
    const subscriber = new Running(['subscribe', 'com.', '--match', 'prefix', '--count', '1', ...at])
    await subscriber.shows(/subscribed/)
    const publisher = await openSession({ transport: router.openLocal(), realm: 'realm1' })
    await publisher.publish('com.evil\u001b[2J\u202e', [SAID], { kwargs: { [SAID]: 1 } })
    expect(await subscriber.ended).toBe(0)
    expect(subscriber.out).not.toMatch(SEEN)
    expect(subscriber.out.trimEnd().split('\n')).toHaveLength(1)
  })

  it('is escaped where commands paint, also what the router itself chose', () => {
    const from = { session: 1, authid: EVIL, authrole: EVIL }
    const words = { realm: EVIL, uri: EVIL, error: EVIL, outcome: EVIL, match: null, from, to: from }
    const numbers = { milliseconds: 1, deliveries: 1, octets: 1, node: EVIL }
    const line = trafficText({ time: EVIL.repeat(3), kind: 'call', ...words, ...numbers, payload: { [EVIL]: EVIL } }, true)
    expect(line.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(SEEN)
    const status = { version: EVIL, counters: {}, traffic: {}, memory: {}, event_loop_delay_ms: {} }
    const look = { at: 0, status } as unknown as Look
    expect(overview(look, look).join('\n')).not.toMatch(SEEN)
  })

  it('is escaped in the words about failures by themselves', () => {
    const error = new ApplicationError(`com.evil\u001b[2J\n`, ['a\nb'])
    expect(failureText(error, false).split('\n')).toHaveLength(1)
    expect(JSON.parse(failureJson(error))).toMatchObject({ error: error.uri })
  })
})
