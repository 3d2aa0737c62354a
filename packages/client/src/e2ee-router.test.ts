// Shows encryption from end to end through our router, which passes on what it cannot read, and history joined with live events.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { calls } from './calls/calls.ts'
import { stream } from './calls/streams.ts'
import { cbor } from './cbor.ts'
import type { OpenSessionOptions } from './open-session.ts'
import { openSession } from './open-session.ts'
import { encrypted } from './e2ee.ts'
import { history } from './history.ts'
import { msgpack } from './msgpack.ts'
import type { Session } from './session.ts'
import type { ReceivedEvent } from './subscriber.ts'

const REALM = {
  anonymousRole: 'guest',
  roles: { guest: ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] as const })) },
  topics: [{ uri: 'com.secret.**', history: { events: 10 } }],
}
const keyFor = (uri: string): string | undefined => (uri.startsWith('com.secret.') ? 'k1' : undefined)
const codec = (octet = 3): ReturnType<typeof encrypted> => encrypted({ keys: { k1: new Uint8Array(32).fill(octet) }, keyFor })
const ATTRIBUTES = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'xsalsa20poly1305', ppt_keyid: 'k1' }

let router: Router
let url = ''

beforeEach(async () => {
  router = createRouter({ realms: { realm1: REALM } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
})
afterEach(() => router.close())

const join = (options: Partial<OpenSessionOptions> = {}): Promise<Session> =>
  openSession({ url, realm: 'realm1', calls: calls(), ...options })

function firstEvent(session: Session): Promise<ReceivedEvent> {
  return new Promise((resolve, reject) => void session.subscribe('com.secret.topic', resolve).catch(reject))
}

describe('through a router', () => {
  it('call, progress, result and error are read at the ends alone, over different serializers [AP-E2E-01]', async () => {
    const [caller, callee] = [
      await join({ payloadCodec: codec(), serializer: cbor() }),
      await join({ payloadCodec: codec(), exposeErrors: true, onError: () => undefined }),
    ]
    const received: unknown[] = []
    await callee.register('com.secret.echo', ({ args, kwargs, progress }) => {
      received.push([args, kwargs])
      if (args[0] === 'fail') throw new Error('a secret fault')
      progress('on the way')
      return args[0]
    })
    const call = stream(caller, 'com.secret.echo', ['hidden', 2n ** 60n], { kwargs: { of: 'mine' } })
    const steps: unknown[] = []
    for await (const value of call) steps.push(value)
    expect([steps, await call.result]).toEqual([['on the way'], 'hidden'])
    await expect(caller.call('com.secret.echo', ['fail'])).rejects.toMatchObject({ args: ['a secret fault'] })
    expect(received).toEqual([
      [['hidden', 2n ** 60n], { of: 'mine' }],
      [['fail'], {}],
    ])
  })

  it('an event is octets for all without the key: other subscribers and the history of the router [AP-E2E-01]', async () => {
    const stolen: unknown[] = []
    const [publisher, reader] = [await join({ payloadCodec: codec() }), await join({ payloadCodec: codec(), serializer: msgpack() })]
    const [stranger, thief] = [await join(), await join({ payloadCodec: codec(4), onError: (_, source) => stolen.push(source) })]
    const [read, spied] = [firstEvent(reader), firstEvent(stranger)]
    await thief.subscribe('com.secret.topic', () => stolen.push('read'))
    // Behind this answer both subscriptions are there.
    await Promise.all([reader, stranger].map((session) => session.call('wamp.session.count')))
    await publisher.publish('com.secret.topic', ['hidden'], { kwargs: { more: 1 }, acknowledge: true })
    expect(await read).toMatchObject({ args: ['hidden'], kwargs: { more: 1 }, details: ATTRIBUTES })
    const { args, kwargs, details } = await spied
    expect([args.length, kwargs, details]).toEqual([1, {}, ATTRIBUTES])
    const kept: unknown[] = []
    for await (const event of history(stranger, 'com.secret.topic')) kept.push(event)
    expect(kept).toMatchObject([{ args, kwargs, details }])
    const [seen] = args
    expect(seen).toBeInstanceOf(Uint8Array)
    expect(Buffer.from(seen as Uint8Array).includes('hidden')).toBe(false)
    await thief.call('wamp.session.count')
    expect(stolen).toEqual(['payload'])
  })
})

it('whoever joins history and live events drops what he has by publication [AP-PS-HIS-29]', async () => {
  const [publisher, reader] = [await join(), await join()]
  const publish = (n: number): Promise<unknown> => publisher.publish('com.secret.open', [n], { acknowledge: true })
  await publish(1)
  await publish(2)
  const seen = new Map<number, unknown>()
  let twice = 0
  const take = ({ publication, args }: { publication: number; args: readonly unknown[] }): void => {
    if (seen.has(publication)) twice++
    else seen.set(publication, args[0])
  }
  // First live, so that nothing is missed between.
  await reader.subscribe('com.secret.open', take)
  await publish(3)
  await publish(4)
  for await (const event of history(reader, 'com.secret.open')) take(event)
  expect(new Set(seen.values())).toEqual(new Set([1, 2, 3, 4]))
  expect(twice).toBe(2)
})
