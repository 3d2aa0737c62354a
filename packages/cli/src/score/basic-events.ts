// Checks of the broker of the Basic Profile.

import { EVENT, PUBLISH, PUBLISHED, REGISTER, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED } from '@trunkline/protocol'
import type { Check, Stage } from './check.ts'
import { payloadFrom } from './check.ts'
import type { List, Peer } from './peer.ts'
import { expectError, expectSame, expectThat } from './peer.ts'

export const PAYLOAD: readonly [List, object] = [
  [1, -1, 2 ** 53, 0.5, 'text', 'ä€𝄞', '', true, null, [[], {}], { deep: { a: [1, { b: null }] } }],
  { key: 'value', other: [1, 2], empty: {} },
]

/** Subscribes; resolves to the id of the subscription. */
export async function subscribed(peer: Peer, uri: string, options: object = {}): Promise<unknown> {
  return (await peer.granted(SUBSCRIBED, SUBSCRIBE, options, uri))[2]
}

/** Publishes with acknowledgement; resolves to the id of the publication. */
export async function published(peer: Peer, uri: string, options: object = {}, ...payload: List): Promise<unknown> {
  return (await peer.granted(PUBLISHED, PUBLISH, { acknowledge: true, ...options }, uri, ...payload))[2]
}

/**
 * Expects that a subscriber has got no event besides: an event of the same publisher to another topic comes after those before it.
 */
export async function expectNoEvent(subscriber: Peer, publisher: Peer, stage: Stage): Promise<void> {
  const marker = stage.uri('marker')
  const id = await subscribed(subscriber, marker)
  await published(publisher, marker)
  await subscriber.take((list) => list[0] === EVENT && list[1] === id, 'the event that was published last')
  const others = subscriber.rest.filter(([type]) => type === EVENT)
  expectSame(others, [], 'events that must not come')
}

export const EVENTS: readonly Check[] = [
  {
    ids: ['BP-SUB-01'],
    title: 'answers SUBSCRIBE by SUBSCRIBED',
    run: async (stage) => void (await subscribed(await stage.join(), stage.uri())),
  },
  {
    ids: ['BP-SUB-02'],
    title: 'gives a second SUBSCRIBE the same subscription',
    weight: 'advised',
    run: async (stage) => {
      const [peer, uri] = [await stage.join(), stage.uri()]
      expectSame(await subscribed(peer, uri), await subscribed(peer, uri), 'the second subscription')
    },
  },
  {
    ids: ['BP-SUB-05', 'BP-SUB-10'],
    title: 'answers UNSUBSCRIBE, after which no event comes',
    run: async (stage) => {
      const [subscriber = await stage.join(), publisher = subscriber] = await stage.joinMany(2)
      const uri = stage.uri()
      await subscriber.granted(UNSUBSCRIBED, UNSUBSCRIBE, await subscribed(subscriber, uri))
      await published(publisher, uri)
      await expectNoEvent(subscriber, publisher, stage)
    },
  },
  {
    ids: ['BP-SUB-06'],
    title: 'refuses to end a subscription that there is not',
    run: async (stage) => expectError(await (await stage.join()).request(UNSUBSCRIBE, 123_456_789), 'wamp.error.no_such_subscription'),
  },
  ...['com..x', 'com.x#y', 'com.x y', ''].map((uri) => ({
    ids: ['BP-SUB-08', 'BP-URI-02'],
    title: `refuses to subscribe to '${uri}'`,
    run: async (stage: Stage) => expectError(await (await stage.join()).request(SUBSCRIBE, {}, uri), 'wamp.error.invalid_uri'),
  })),
  {
    ids: ['BP-PUB-08'],
    title: 'refuses an acknowledged publication to a wrong URI',
    run: async (stage) =>
      expectError(await (await stage.join()).request(PUBLISH, { acknowledge: true }, 'com..x'), 'wamp.error.invalid_uri'),
  },
  {
    ids: ['BP-PUB-08', 'BP-PUB-03'],
    title: 'drops a publication to a wrong URI that asks for no answer',
    run: async (stage) => {
      const peer = await stage.join()
      peer.ask(PUBLISH, {}, 'com..x')
      await subscribed(peer, stage.uri())
      expectSame(peer.rest, [], 'what came besides')
    },
  },
  {
    ids: ['BP-URI-08'],
    title: 'lets no client publish to or register wamp.*',
    weight: 'open',
    run: async (stage) => {
      const peer = await stage.join()
      expectError(await peer.request(PUBLISH, { acknowledge: true }, 'wamp.session.on_join'))
      expectError(await peer.request(REGISTER, {}, 'wamp.session.none'))
    },
  },
  {
    ids: ['BP-PUB-01', 'BP-PUB-02', 'BP-ID-03'],
    title: 'sends an event to all subscribers but its publisher, with one id',
    run: async (stage) => {
      const peers = await stage.joinMany(3)
      const [publisher, ...others] = peers as [Peer, ...Peer[]]
      const uri = stage.uri()
      for (const peer of peers) await subscribed(peer, uri)
      const id = await published(publisher, uri, {}, [7])
      for (const other of others) {
        const event = await other.message(EVENT)
        expectSame([event[2], event[4]], [id, [7]], 'publication and arguments')
      }
      await expectNoEvent(publisher, others[0] ?? publisher, stage)
    },
  },
  {
    ids: ['BP-PUB-04', 'BP-PUB-06'],
    title: 'acknowledges a publication that has no subscriber',
    run: async (stage) => void (await published(await stage.join(), stage.uri())),
  },
  {
    ids: ['BP-PUB-03'],
    title: 'answers no publication that asks for no answer',
    run: async (stage) => {
      const peer = await stage.join()
      peer.ask(PUBLISH, {}, stage.uri())
      await subscribed(peer, stage.uri())
      expectSame(peer.rest, [], 'what came besides')
    },
  },
  {
    ids: ['BP-PUB-07', 'BP-SER-09'],
    title: 'passes the payload of events unchanged',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      await subscribed(subscriber, uri)
      await published(publisher, uri, {}, ...PAYLOAD)
      expectSame(payloadFrom(await subscriber.message(EVENT), 4), PAYLOAD, 'the payload')
    },
  },
  {
    ids: ['BP-ORD-01'],
    title: 'keeps the order of the events of one publisher, also across topics',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const topics = [stage.uri('a'), stage.uri('b')]
      for (const topic of topics) await subscribed(subscriber, topic)
      for (let i = 0; i < 200; i++) publisher.ask(PUBLISH, {}, topics[i % 2] ?? '', [i])
      for (let i = 0; i < 200; i++) expectSame((await subscriber.message(EVENT))[4], [i], `event ${i}`)
    },
  },
  {
    ids: ['BP-ORD-02'],
    title: 'sends SUBSCRIBED before the first event',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      const asked = subscriber.ask(SUBSCRIBE, {}, uri)
      for (let i = 0; i < 50; i++) publisher.ask(PUBLISH, {}, uri, [i])
      await published(publisher, uri)
      const first = (await subscriber.next()) ?? []
      expectThat(first[0] === SUBSCRIBED && first[1] === asked, 'an event came before SUBSCRIBED')
    },
  },
]
