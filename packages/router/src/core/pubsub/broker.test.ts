// Shows subscriptions and publications: what every peer sees, as literal WAMP arrays.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const TOPIC = 'com.example.topic'

describe('broker', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  describe('subscribing', () => {
    it('answers SUBSCRIBE with SUBSCRIBED that mirrors the request id [BP-SUB-01 BP-ID-08 BP-MSG-23 BP-MSG-24]', () => {
      const peer = world.join()
      peer.say(32, 1, {}, TOPIC)
      expect(peer.take()).toEqual([[33, 1, expect.any(Number)]])
    })

    it('answers a second SUBSCRIBE to the same topic with the same id, and delivers once [BP-SUB-02 AP-META-SUB-16]', () => {
      const [subscriber, publisher] = [world.join(), world.join()]
      const first = subscriber.subscribe(TOPIC)
      subscriber.say(32, 2, {}, TOPIC)
      expect(subscriber.takeOne()).toEqual([33, 2, first])
      publisher.say(16, 1, {}, TOPIC)
      expect(subscriber.take()).toEqual([[36, first, expect.any(Number), {}]])
    })

    it('gives all subscribers of a topic and policy one id, and others another [BP-SUB-03 BP-ID-04 AP-PS-PAT-08]', () => {
      const [first, second] = [world.join(), world.join()]
      const exact = first.subscribe(TOPIC)
      expect(second.subscribe(TOPIC)).toBe(exact)
      const prefix = first.subscribe(TOPIC, { match: 'prefix' })
      const wildcard = first.subscribe(TOPIC, { match: 'wildcard' })
      const other = first.subscribe('com.example.other')
      expect(new Set([exact, prefix, wildcard, other]).size).toBe(4)
    })

    it('never gives the id of a deleted subscription again [BP-ID-04]', () => {
      const peer = world.join()
      const first = peer.subscribe(TOPIC)
      peer.say(34, 2, first)
      peer.take()
      expect(peer.subscribe(TOPIC)).not.toBe(first)
    })

    it.each([
      ['', {}],
      ['com..example', {}],
      ['.com', {}],
      ['com.', {}],
      ['com.exa mple', {}],
      ['com.exam#ple', {}],
      ['com.a\n', {}],
      ['com.\u0085a', {}],
      ['com.a\u001f', {}],
      ['com..example', { match: 'prefix' }],
      ['.com', { match: 'prefix' }],
      ['com.exa mple.', { match: 'wildcard' }],
    ])('refuses to subscribe to %j with %j [BP-SUB-08 BP-ERR-02 BP-URI-02 BP-URI-04 BP-URI-10]', (topic, options) => {
      const peer = world.join()
      peer.say(32, 1, options, topic)
      expect(peer.take()).toEqual([[8, 32, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]]])
      expect(peer.isClosed).toBe(false)
    })

    it.each([
      ['com.example.', { match: 'prefix' }],
      ['', { match: 'prefix' }],
      ['com..topic', { match: 'wildcard' }],
      ['..', { match: 'wildcard' }],
      ['', { match: 'wildcard' }],
      ['com.ünïcode.話題', {}],
      ['com.Example-1.$ys', {}],
      ['__proto__', {}],
      ['constructor.toString', {}],
    ])('accepts %j with %j [BP-URI-01 BP-URI-02 BP-URI-03 BP-URI-04]', (topic, options) => {
      expect(world.join().subscribe(topic, options)).toBeTypeOf('number')
    })

    it('holds to the strict rule where the realm is so set [BP-URI-05 BP-URI-06]', () => {
      world.router.addRealm('strict', { ...OPEN_REALM, uriRule: 'strict' })
      const peer = world.join({ realm: 'strict' })
      peer.subscribe('com.example.topic_1')
      peer.subscribe('com..topic_1', { match: 'wildcard' })
      peer.subscribe('com.', { match: 'prefix' })
      peer.say(32, 4, {}, 'com.Example')
      peer.say(32, 5, { match: 'wildcard' }, 'com..Example')
      peer.say(16, 6, { acknowledge: true }, 'com.exam-ple')
      expect(peer.take()).toEqual([
        [8, 32, 4, {}, 'wamp.error.invalid_uri', [expect.any(String)]],
        [8, 32, 5, {}, 'wamp.error.invalid_uri', [expect.any(String)]],
        [8, 16, 6, {}, 'wamp.error.invalid_uri', [expect.any(String)]],
      ])
    })

    it('refuses more subscriptions than the limit, and says which limit', () => {
      world.router.addRealm('small', { ...OPEN_REALM, limits: { subscriptions: 2, uriLength: 20, uriComponents: 4, wildcards: 1 } })
      const peer = world.join({ realm: 'small' })
      const first = peer.subscribe('a')
      peer.subscribe('b')
      peer.say(32, 3, {}, 'c')
      expect(peer.takeOne()).toEqual([
        8,
        32,
        3,
        { limit: 'subscriptions', value: 2 },
        'trunkline.error.limit_exceeded',
        [expect.any(String)],
      ])
      expect(peer.subscribe('a')).toBe(first)
      peer.say(34, 5, first)
      peer.take()
      peer.subscribe('c')
    })

    it('refuses URIs that are too long, with too many components or wildcards', () => {
      world.router.addRealm('small', { ...OPEN_REALM, limits: { uriLength: 20, uriComponents: 4, wildcards: 1 } })
      const peer = world.join({ realm: 'small' })
      peer.say(32, 1, {}, 'a'.repeat(21))
      peer.say(32, 2, {}, 'a.b.c.d.e')
      peer.say(32, 3, { match: 'wildcard' }, 'a..c.')
      expect(peer.take().map((message) => message[4])).toEqual(Array.from({ length: 3 }, () => 'wamp.error.invalid_uri'))
      peer.subscribe('a..c', { match: 'wildcard' })
    })
  })

  describe('unsubscribing', () => {
    it('answers UNSUBSCRIBE with UNSUBSCRIBED, and sends no event after it [BP-SUB-04 BP-SUB-05 BP-SUB-10 BP-MSG-25 BP-MSG-26]', () => {
      const [subscriber, publisher] = [world.join(), world.join()]
      const id = subscriber.subscribe(TOPIC)
      publisher.say(16, 1, {}, TOPIC, [1])
      subscriber.say(34, 2, id)
      publisher.say(16, 2, {}, TOPIC, [2])
      expect(subscriber.take()).toEqual([
        [36, id, expect.any(Number), {}, [1]],
        [35, 2],
      ])
    })

    it('leaves the others attached', () => {
      const [leaver, stayer, publisher] = [world.join(), world.join(), world.join()]
      const id = leaver.subscribe(TOPIC)
      stayer.subscribe(TOPIC)
      leaver.say(34, 2, id)
      publisher.say(16, 1, {}, TOPIC)
      expect(leaver.take()).toEqual([[35, 2]])
      expect(stayer.take()).toEqual([[36, id, expect.any(Number), {}]])
    })

    it("answers no_such_subscription for an unknown id, another's id and a second try [BP-SUB-05 BP-SUB-06]", () => {
      const [holder, other] = [world.join(), world.join()]
      const id = holder.subscribe(TOPIC)
      other.say(34, 1, id)
      other.say(34, 2, 999_999)
      holder.say(34, 2, id)
      holder.say(34, 3, id)
      expect(other.take()).toEqual([
        [8, 34, 1, {}, 'wamp.error.no_such_subscription'],
        [8, 34, 2, {}, 'wamp.error.no_such_subscription'],
      ])
      expect(holder.take()).toEqual([
        [35, 2],
        [8, 34, 3, {}, 'wamp.error.no_such_subscription'],
      ])
    })
  })

  describe('publishing', () => {
    it('sends an event to every subscriber but the publisher, with one publication id [BP-PUB-01 BP-PUB-02 BP-PUB-03 BP-ID-03 BP-MSG-21 BP-MSG-27 AP-PS-PEX-02]', () => {
      const [publisher, first, second, bystander] = [world.join(), world.join(), world.join(), world.join()]
      const id = publisher.subscribe(TOPIC)
      first.subscribe(TOPIC)
      second.subscribe(TOPIC)
      bystander.subscribe('com.example.other')
      publisher.say(16, 2, {}, TOPIC, ['hello'], { a: 1 })
      const event = first.takeOne()
      expect(event).toEqual([36, id, expect.any(Number), {}, ['hello'], { a: 1 }])
      expect(second.takeOne()).toEqual(event)
      expect(publisher.take()).toEqual([])
      expect(bystander.take()).toEqual([])
    })

    it('draws a publication id for each publication and tells the same in PUBLISHED [BP-ID-03 BP-PUB-04 BP-MSG-22 BP-ID-08]', () => {
      const [publisher, subscriber] = [world.join(), world.join()]
      subscriber.subscribe(TOPIC)
      publisher.say(16, 1, { acknowledge: true }, TOPIC)
      publisher.say(16, 2, { acknowledge: true }, TOPIC)
      const published = publisher.take()
      const events = subscriber.take()
      expect(published).toEqual([
        [17, 1, events[0]?.[2]],
        [17, 2, events[1]?.[2]],
      ])
      expect(published[0]?.[2]).not.toBe(published[1]?.[2])
    })

    it('acknowledges also when nobody is subscribed [BP-PUB-04 BP-PUB-06]', () => {
      const publisher = world.join()
      publisher.say(16, 1, { acknowledge: true }, TOPIC)
      expect(publisher.take()).toEqual([[17, 1, expect.any(Number)]])
    })

    it('answers nothing at all without acknowledgement, also when it is false [BP-PUB-03]', () => {
      const publisher = world.join()
      publisher.say(16, 1, {}, TOPIC)
      publisher.say(16, 2, { acknowledge: false }, TOPIC)
      publisher.say(16, 3, {}, 'com..bad')
      publisher.say(16, 4, {}, 'wamp.session.on_join')
      expect(publisher.take()).toEqual([])
      expect(world.router.counters.publicationsRefused).toBe(2)
    })

    it.each(['', 'com..example', 'com.example.', 'com.exa mple', 'com.a\n', 'com.#'])(
      'refuses the topic %j with an error if acknowledged [BP-PUB-05 BP-PUB-08 BP-ERR-02]',
      (topic) => {
        const [publisher, watcher] = [world.join(), world.join()]
        watcher.subscribe('', { match: 'prefix' })
        publisher.say(16, 1, { acknowledge: true }, topic)
        publisher.say(16, 2, {}, topic)
        expect(publisher.take()).toEqual([[8, 16, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]]])
        expect(watcher.take()).toEqual([])
      },
    )

    it.each(['wamp.session.on_join', 'wamp.foo.bar', 'trunkline.session.on_gap'])(
      'refuses to publish to %s, which is reserved [BP-URI-08]',
      (topic) => {
        const anonymous = [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['publish', 'subscribe'] as const }]
        world = World.of({ roles: { anonymous } })
        const [publisher, watcher] = [world.join(), world.join()]
        watcher.subscribe(topic)
        publisher.say(16, 1, { acknowledge: true }, topic, [{ session: 1, authid: 'forged' }])
        expect(publisher.take()).toEqual([[8, 16, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]]])
        expect(watcher.take()).toEqual([])
      },
    )

    it('lets applications use names that merely begin like reserved ones [BP-URI-08]', () => {
      const publisher = world.join()
      publisher.say(16, 1, { acknowledge: true }, 'wamps.session')
      publisher.say(16, 2, { acknowledge: true }, 'com.wamp.session')
      expect(publisher.take().map(([type]) => type)).toEqual([17, 17])
    })

    it('sends PUBLISHED before the publisher gets its own event [BP-PUB-09 AP-PS-PEX-03]', () => {
      const publisher = world.join()
      const id = publisher.subscribe(TOPIC)
      publisher.say(16, 2, { acknowledge: true, exclude_me: false }, TOPIC, [1])
      const [published, event] = publisher.take()
      expect(published).toEqual([17, 2, expect.any(Number)])
      expect(event).toEqual([36, id, published?.[2], {}, [1]])
    })

    it.each([
      ['nothing', []],
      ['empty args', [[]]],
      ['args', [[1, 'two', null, true, { three: [4.5] }]]],
      ['kwargs behind an empty list', [[], { a: 1 }]],
      ['empty args and kwargs', [[], {}]],
      ['keys named like Object properties', [['__proto__'], { constructor: 1, toString: null, length: 3, toJSON: 4 }]],
    ])('passes %s unchanged [BP-PUB-07 BP-MSG-07 BP-MSG-12 BP-MSG-13 BP-MSG-14 BP-MSG-15]', (_, payload) => {
      const [publisher, subscriber] = [world.join(), world.join()]
      const id = subscriber.subscribe(TOPIC)
      publisher.say(16, 1, {}, TOPIC, ...payload)
      expect(subscriber.takeOne()).toEqual([36, id, expect.any(Number), {}, ...payload])
    })

    it('keeps the order of one publisher at one subscriber, also across topics [BP-ORD-01]', () => {
      const [publisher, subscriber] = [world.join(), world.join()]
      const first = subscriber.subscribe('com.example.first')
      const second = subscriber.subscribe('com.example.second')
      const any = subscriber.subscribe('com.example.', { match: 'prefix' })
      publisher.sayAll(
        ...Array.from({ length: 20 }, (_, i) => [16, i + 1, {}, i % 3 === 0 ? 'com.example.first' : 'com.example.second', [i]]),
      )
      const events = subscriber.take()
      const seen = (ids: number[]): unknown[] => events.filter(([, id]) => ids.includes(id as number)).map((event) => event[4])
      const all = Array.from({ length: 20 }, (_, i) => [i])
      expect(seen([first, second])).toEqual(all)
      expect(seen([any])).toEqual(all)
    })

    it('sends SUBSCRIBED before the first event of the subscription [BP-ORD-02]', () => {
      const [publisher, subscriber] = [world.join(), world.join()]
      publisher.say(16, 1, {}, TOPIC, ['too early'])
      subscriber.sayAll([32, 1, {}, TOPIC], [16, 2, { exclude_me: false }, TOPIC, ['mine']])
      publisher.say(16, 2, {}, TOPIC, ['in time'])
      const [subscribed, ...events] = subscriber.take()
      expect(subscribed).toEqual([33, 1, expect.any(Number)])
      expect(events.map((event) => event[4])).toEqual([['mine'], ['in time']])
    })

    it('answers several SUBSCRIBE each by its own request id [BP-ORD-06]', () => {
      const peer = world.join()
      peer.sayAll([32, 1, {}, 'a'], [32, 2, {}, 'b'], [32, 3, {}, 'a..b'])
      expect(peer.take().map((answer) => [answer[0], answer[0] === 33 ? answer[1] : answer[2]])).toEqual([
        [33, 1],
        [33, 2],
        [8, 3],
      ])
    })

    it('does not send events from one realm to another [BP-SES-21]', () => {
      world.router.addRealm('realm2', OPEN_REALM)
      const [publisher, here, there] = [world.join(), world.join(), world.join({ realm: 'realm2' })]
      here.subscribe(TOPIC)
      there.subscribe(TOPIC)
      there.subscribe('', { match: 'prefix' })
      publisher.say(16, 1, {}, TOPIC)
      expect(here.take().length).toBe(1)
      expect(there.take()).toEqual([])
    })

    it('detaches a session that leaves, by whatever way [BP-SES-22 BP-SUB-04]', () => {
      const ways: ((peer: TestPeer) => void)[] = [
        (peer) => peer.drop(),
        (peer) => peer.say(6, {}, 'wamp.close.close_realm'),
        (peer) => peer.say(3, {}, 'com.example.reason'),
        (peer) => peer.sayText('[]'),
      ]
      const publisher = world.join()
      for (const [i, leave] of ways.entries()) {
        const subscriber = world.join()
        subscriber.subscribe(TOPIC)
        subscriber.subscribe('', { match: 'prefix' })
        leave(subscriber)
        subscriber.take()
        publisher.say(16, i + 1, { acknowledge: true }, TOPIC)
        expect(publisher.takeOne()).toEqual([17, i + 1, expect.any(Number)])
        expect(subscriber.take()).toEqual([])
        expect(realmIn(world, 'realm1')?.broker.subscriptions.size).toBe(0)
      }
    })
  })
})
