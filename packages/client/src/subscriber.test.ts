// Shows what a subscriber does with events and several handlers, with a scripted router.

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { OpenSessionOptions } from './open-session.ts'
import type { Session } from './session.ts'
import type { EventHandler, ReceivedEvent, Subscription } from './subscriber.ts'
import type { ScriptedRouter } from './testing/scripted-router.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

async function subscriber(
  handlers: EventHandler[],
  options: Partial<OpenSessionOptions> = {},
): Promise<{ session: Session; router: ScriptedRouter; subscriptions: Subscription[] }> {
  const { session, router } = await openScripted(options)
  const subscribing = handlers.map((handler) => session.subscribe('com.example.topic', handler))
  router.says(...handlers.map((_handler, index) => [33, index + 1, 500]))
  const subscriptions = await Promise.all(subscribing)
  router.take()
  return { session, router, subscriptions }
}

afterEach(() => vi.unstubAllGlobals())

describe('a handler that ends what the others wait for', () => {
  it('by leaving, or by losing the connection, keeps the event from those behind it', async () => {
    const ends: ((session: Session, router: ScriptedRouter) => void)[] = [
      (session) => void session.leave(),
      (_session, router) => router.lose(),
      (_session, router) => router.says([35, 0, { subscription: 500 }]),
    ]
    for (const end of ends) {
      const seen: string[] = []
      const made = await subscriber([() => (seen.push('first'), end(made.session, made.router)), () => seen.push('second')])
      made.router.says([36, 500, 1, {}], [36, 500, 2, {}])
      expect(seen).toEqual(['first'])
    }
  })
})

describe('subscribe', () => {
  it('sends SUBSCRIBE with its options and gives the subscription [BP-MSG-23 BP-MSG-24 AP-PS-RET-08]', async () => {
    const { session, router } = await openScripted()
    const subscribing = session.subscribe('com..sold', () => undefined, { match: 'wildcard', getRetained: true })
    expect(router.take()).toEqual([[32, 1, { match: 'wildcard', get_retained: true }, 'com..sold']])
    router.says([33, 1, 500])
    expect(await subscribing).toMatchObject({ id: 500, topic: 'com..sold', match: 'wildcard' })
  })

  it('rejects with the ERROR of the router', async () => {
    const { session, router } = await openScripted()
    const subscribing = session.subscribe('com.example.a', () => undefined)
    router.says([8, 32, 1, {}, 'wamp.error.not_authorized'])
    await expect(subscribing).rejects.toMatchObject({ uri: 'wamp.error.not_authorized' })
  })

  it('refuses what is no pattern, and takes topics of the router', async () => {
    const { session, router } = await openScripted()
    await expect(session.subscribe('com..a', () => undefined)).rejects.toMatchObject({ code: 'TL_INVALID_URI' })
    await expect(session.subscribe('a', () => undefined, { match: 'all' as 'prefix' })).rejects.toMatchObject({ code: 'TL_USAGE' })
    void session.subscribe('wamp.session.on_join', () => undefined).catch(() => undefined)
    void session.subscribe('', () => undefined, { match: 'prefix' }).catch(() => undefined)
    expect(router.take()).toEqual([
      [32, 1, {}, 'wamp.session.on_join'],
      [32, 2, { match: 'prefix' }, ''],
    ])
  })

  it('is ready for an event that comes in the same turn as SUBSCRIBED', async () => {
    const seen: unknown[] = []
    const { session, router } = await openScripted()
    void session.subscribe('com.example.a', ({ args }) => seen.push(args[0]))
    router.says([33, 1, 500], [36, 500, 1, {}, ['first']])
    expect(seen).toEqual(['first'])
  })
})

describe('an event', () => {
  it('reaches the handler with all that came with it [BP-MSG-27]', async () => {
    const seen: ReceivedEvent[] = []
    const { router, subscriptions } = await subscriber([(event) => seen.push(event)])
    router.says([36, 500, 77, { publisher: 5 }, [1], { a: 2 }], [36, 500, 78, { topic: 'com.example.topic.sub' }])
    const subscription = subscriptions[0]
    expect(seen).toEqual([
      { args: [1], kwargs: { a: 2 }, details: { publisher: 5 }, topic: 'com.example.topic', publication: 77, subscription },
      { args: [], kwargs: {}, details: { topic: 'com.example.topic.sub' }, topic: 'com.example.topic.sub', publication: 78, subscription },
    ])
  })

  it('comes to each handler in the order of arrival, although handlers wait for something [BP-ORD-08]', async () => {
    const seen: unknown[] = []
    const { router } = await subscriber([
      async ({ args }) => {
        seen.push(`a${String(args[0])}`)
        await turn()
      },
      ({ args }) => seen.push(`b${String(args[0])}`),
    ])
    router.says([36, 500, 1, {}, [1]], [36, 500, 2, {}, [2]], [36, 500, 3, {}, [3]])
    expect(seen).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })

  it('of a subscription that is unknown or was just left is dropped silently [BP-SUB-11]', async () => {
    const seen: unknown[] = []
    const told: unknown[] = []
    const { session, router, subscriptions } = await subscriber([(event) => seen.push(event)], { onError: (error) => told.push(error) })
    router.says([36, 999, 1, {}])
    void subscriptions[0]?.unsubscribe()
    router.take()
    router.says([36, 500, 2, {}], [35, 2], [36, 500, 3, {}])
    expect(seen).toEqual([])
    expect(told).toEqual([])
    expect(router.take()).toEqual([])
    expect(session.isOpen).toBe(true)
  })

  it('reaches the other handlers although one throws; onError is told', async () => {
    const seen: unknown[] = []
    const told: unknown[] = []
    const thrown = new Error('thrown')
    const rejected = new Error('rejected')
    const { router } = await subscriber(
      [
        () => {
          throw thrown
        },
        () => Promise.reject(rejected),
        () => seen.push('reached'),
      ],
      { onError: (error, source) => told.push([error, source]) },
    )
    router.says([36, 500, 1, {}])
    await turn()
    expect(seen).toEqual(['reached'])
    expect(told).toEqual([
      [thrown, 'event_handler'],
      [rejected, 'event_handler'],
    ])
  })

  it('whose handler throws shows as uncaught when there is no onError, or when that throws too', async () => {
    const uncaught: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => uncaught.push(error))
    const thrown = new Error('thrown')
    const worse = new Error('worse')
    for (const options of [
      {},
      {
        onError: () => {
          throw worse
        },
      },
    ]) {
      const { router } = await subscriber(
        [
          () => {
            throw thrown
          },
        ],
        options,
      )
      router.says([36, 500, 1, {}])
    }
    expect(uncaught).toEqual([thrown, worse])
  })
})

describe('several handlers on one topic', () => {
  it('share the subscription of the router; UNSUBSCRIBE goes out for the last [BP-SUB-09 BP-MSG-25 BP-MSG-26]', async () => {
    const seen: string[] = []
    const { router, subscriptions } = await subscriber([() => seen.push('a'), () => seen.push('b')])
    const [a, b] = subscriptions
    await a?.unsubscribe()
    expect(router.take()).toEqual([])
    router.says([36, 500, 1, {}])
    expect(seen).toEqual(['b'])
    const last = b?.unsubscribe()
    expect(router.take()).toEqual([[34, 3, 500]])
    router.says([35, 3])
    await last
    await Promise.all([a?.unsubscribe(), b?.unsubscribe()])
    expect(router.take()).toEqual([])
  })

  it('may take each other away while an event is delivered', async () => {
    const seen: string[] = []
    const subscriptions: Subscription[] = []
    const made = await subscriber([() => void seen.push('a'), () => void subscriptions[2]?.unsubscribe(), () => seen.push('c')])
    subscriptions.push(...made.subscriptions)
    made.router.says([36, 500, 1, {}])
    expect(seen).toEqual(['a'])
  })

  it('keep the subscription when the last one leaves while another is on its way [BP-SUB-09]', async () => {
    const seen: string[] = []
    const { session, router, subscriptions } = await subscriber([() => seen.push('a')])
    const second = session.subscribe('com.example.topic', () => seen.push('b'))
    const leaving = subscriptions[0]?.unsubscribe()
    router.says([33, 2, 500])
    await Promise.all([second, leaving])
    expect(router.take()).toEqual([[32, 2, {}, 'com.example.topic']])
    router.says([36, 500, 1, {}])
    expect(seen).toEqual(['b'])
  })

  it('give the subscription up when the one on its way is refused', async () => {
    const { session, router, subscriptions } = await subscriber([() => undefined])
    const second = session.subscribe('com.example.topic', () => undefined).catch(() => 'refused')
    const leaving = subscriptions[0]?.unsubscribe()
    router.says([8, 32, 2, {}, 'wamp.error.not_authorized'])
    expect(await second).toBe('refused')
    await turn()
    expect(router.take()).toEqual([
      [32, 2, {}, 'com.example.topic'],
      [34, 3, 500],
    ])
    router.says([35, 3])
    await leaving
  })

  it('that wait for the same refusal give the subscription up once', async () => {
    const { session, router, subscriptions } = await subscriber([() => undefined])
    const refused = session.subscribe('com.example.topic', () => undefined).catch(() => 'refused')
    const granted = session.subscribe('com.example.topic', () => undefined)
    const leaving = [subscriptions[0]?.unsubscribe()]
    router.says([33, 3, 500])
    leaving.push((await granted).unsubscribe())
    router.says([8, 32, 2, {}, 'wamp.error.not_authorized'])
    expect(await refused).toBe('refused')
    await turn()
    expect(router.take().filter(([type]) => type === 34)).toEqual([[34, 4, 500]])
    router.says([35, 4])
    await Promise.all(leaving)
  })

  it('do not hold each other up when they match differently', async () => {
    const { session, router, subscriptions } = await subscriber([() => undefined])
    void session.subscribe('com.example.topic', () => undefined, { match: 'prefix' }).catch(() => undefined)
    void subscriptions[0]?.unsubscribe()
    expect(router.take()).toEqual([
      [32, 2, { match: 'prefix' }, 'com.example.topic'],
      [34, 3, 500],
    ])
  })

  it('can come back after the last one left', async () => {
    const seen: string[] = []
    const { session, router, subscriptions } = await subscriber([() => seen.push('a')])
    const leaving = subscriptions[0]?.unsubscribe()
    const again = session.subscribe('com.example.topic', () => seen.push('b'))
    expect(router.take()).toEqual([
      [34, 2, 500],
      [32, 3, {}, 'com.example.topic'],
    ])
    router.says([35, 2], [33, 3, 500], [36, 500, 1, {}])
    await Promise.all([leaving, again])
    expect(seen).toEqual(['b'])
  })

  it('resolve unsubscribe when the session ends first, since that took the subscription away', async () => {
    const { router, subscriptions } = await subscriber([() => undefined])
    const leaving = subscriptions[0]?.unsubscribe()
    router.lose()
    await expect(leaving).resolves.toBeUndefined()
  })
})
