// Checks of the broker's features of the Advanced Profile, each only where the router announces it.

import { ERROR, EVENT, PUBLISH } from '@trunkline/protocol'
import { expectNoEvent, published, subscribed } from './basic-events.ts'
import type { Check } from './check.ts'
import type { Peer } from './peer.ts'
import { expectError, expectSame } from './peer.ts'

const EXCLUSION: readonly Check[] = [
  {
    ids: ['AP-PS-PEX-03'],
    title: 'sends its own event to a publisher that wants it',
    needs: 'broker.publisher_exclusion',
    run: async (stage) => {
      const [peer, uri] = [await stage.join(), stage.uri()]
      await subscribed(peer, uri)
      const id = await published(peer, uri, { exclude_me: false }, [1])
      expectSame((await peer.message(EVENT))[2], id, 'the publication')
    },
  },
  ...(
    [
      ['exclude', 'AP-PS-BWL-02', (a: Peer) => [a.session]],
      ['eligible', 'AP-PS-BWL-05', (_: Peer, b: Peer) => [b.session]],
    ] as const
  ).map(([option, id, list]): Check => {
    return {
      ids: [id],
      title: `limits the receivers by ${option}`,
      needs: 'broker.subscriber_blackwhite_listing',
      run: async (stage) => {
        const [publisher, left, chosen] = (await stage.joinMany(3)) as [Peer, Peer, Peer]
        const uri = stage.uri()
        for (const peer of [left, chosen]) await subscribed(peer, uri)
        await published(publisher, uri, { [option]: list(left, chosen) }, [1])
        await chosen.message(EVENT)
        await expectNoEvent(left, publisher, stage)
      },
    }
  }),
  {
    ids: ['AP-PS-BWL-09'],
    title: 'sends an event with an empty eligible list to none',
    needs: 'broker.subscriber_blackwhite_listing',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      await subscribed(subscriber, uri)
      await published(publisher, uri, { eligible: [] })
      await expectNoEvent(subscriber, publisher, stage)
    },
  },
  {
    ids: ['AP-PS-PID-03'],
    title: 'discloses the publisher that asks for it, or refuses to',
    needs: 'broker.publisher_identification',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      await subscribed(subscriber, uri)
      const answer = await publisher.request(PUBLISH, { acknowledge: true, disclose_me: true }, uri)
      if (answer[0] === ERROR) return expectError(answer, 'wamp.error.option_disallowed.disclose_me')
      expectSame(Object((await subscriber.message(EVENT))[3])['publisher'], publisher.session, 'the publisher')
    },
  },
]

const PATTERNS: readonly Check[] = [
  {
    ids: ['AP-PS-PAT-03', 'AP-PS-PAT-07'],
    title: 'delivers by prefix, and names the topic',
    needs: 'broker.pattern_based_subscription',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri('one')
      await subscribed(subscriber, uri, { match: 'prefix' })
      await published(publisher, `${uri}.two`)
      expectSame(Object((await subscriber.message(EVENT))[3])['topic'], `${uri}.two`, 'the topic')
    },
  },
  {
    ids: ['AP-PS-PAT-04', 'AP-PS-PAT-07'],
    title: 'delivers by wildcard: one component for each',
    needs: 'broker.pattern_based_subscription',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const base = stage.uri('one')
      await subscribed(subscriber, `${base}..end`, { match: 'wildcard' })
      await published(publisher, `${base}.x.y.end`)
      await published(publisher, `${base}.x.end`)
      expectSame(Object((await subscriber.message(EVENT))[3])['topic'], `${base}.x.end`, 'the topic')
    },
  },
  {
    ids: ['AP-PS-PAT-05', 'AP-PS-PAT-06'],
    title: 'delivers on each subscription that matches, with one publication id',
    needs: 'broker.pattern_based_subscription',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri('one')
      const ids = [await subscribed(subscriber, uri), await subscribed(subscriber, uri, { match: 'prefix' })]
      const publication = await published(publisher, uri)
      const events = [await subscriber.message(EVENT), await subscriber.message(EVENT)]
      expectSame(new Set(events.map((event) => event[1])).size, new Set(ids).size, 'the number of subscriptions')
      for (const event of events) expectSame(event[2], publication, 'the publication')
    },
  },
]

const RETENTION: readonly Check[] = [
  {
    ids: ['AP-PS-RET-04', 'AP-PS-RET-10', 'AP-PS-RET-12'],
    title: 'gives a new subscriber that asks the retained event',
    needs: 'broker.event_retention',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      for (const i of [1, 2]) await published(publisher, uri, { retain: true }, [i])
      await subscribed(subscriber, uri, { get_retained: true })
      const event = await subscriber.message(EVENT)
      expectSame([Object(event[3])['retained'], event[4]], [true, [2]], 'the retained event')
    },
  },
  {
    ids: ['AP-PS-RET-09'],
    title: 'gives none to a subscriber that does not ask',
    needs: 'broker.event_retention',
    run: async (stage) => {
      const [publisher, subscriber] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      await published(publisher, uri, { retain: true })
      await subscribed(subscriber, uri)
      await expectNoEvent(subscriber, publisher, stage)
    },
  },
]

export const ADVANCED_EVENTS: readonly Check[] = [...EXCLUSION, ...PATTERNS, ...RETENTION]
