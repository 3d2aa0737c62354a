// Shows what EVENTs say beside their payload: trust levels, and the attributes of payload passthru (specification:
// "Publication Trust Levels", "Payload Passthru Mode").

import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TOPIC = 'com.example.topic'
const PASSTHRU = { publisher: ['payload_passthru_mode'] }
const ATTRIBUTES = { ppt_scheme: 'x_my_ppt', ppt_serializer: 'custom', ppt_cipher: 'none such', ppt_keyid: 'key' }

describe('details of events', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  describe('trust levels', () => {
    it('are assigned by topic and role of the publisher, and by nothing that it says [AP-PS-TRL-02 AP-PS-TRL-03]', () => {
      world = World.of({
        trustLevels: [
          { uri: 'com.example.**', level: 0 },
          { uri: 'com.example.measured', level: 2 },
          { uri: 'com.other', role: 'admin', level: 7 },
        ],
      })
      const [publisher, subscriber] = [world.join(), world.join()]
      for (const topic of [TOPIC, 'com.example.measured', 'com.other']) subscriber.subscribe(topic)
      publisher.say(16, 1, {}, TOPIC)
      publisher.say(16, 2, { trustlevel: 9 }, 'com.example.measured')
      publisher.say(16, 3, { trustlevel: 9 }, 'com.other')
      expect(subscriber.take().map((event) => event[3])).toEqual([{ trustlevel: 0 }, { trustlevel: 2 }, {}])
    })

    it('are of the role of the publisher where a rule says so, and stay with what is kept [AP-PS-TRL-02]', () => {
      world = World.of({ trustLevels: [{ role: 'anonymous', level: 3 }], topics: [{ uri: TOPIC, history: { events: 1 } }] })
      const [publisher, subscriber] = [world.join(), world.join()]
      publisher.say(16, 1, { retain: true }, TOPIC)
      subscriber.say(32, 1, { get_retained: true }, TOPIC)
      const [subscribed, event] = subscriber.take()
      expect(event?.[3]).toEqual({ retained: true, trustlevel: 3 })
      subscriber.say(48, 2, {}, 'wamp.subscription.get_events', [subscribed?.[2]])
      expect(subscriber.takeOne()[3]).toMatchObject([{ details: { trustlevel: 3 } }])
    })

    it('are not given to events of the router', () => {
      world = World.of({ trustLevels: [{ level: 3 }] })
      const subscriber = world.join()
      subscriber.subscribe('wamp.session.on_join')
      world.join()
      expect(subscriber.takeOne()[3]).toEqual({})
    })
  })

  describe('payload passthru', () => {
    it('hands the attributes on as they came, whatever they say, and the payload with them [AP-PPT-15 AP-PPT-23]', () => {
      const [publisher, subscriber] = [world.join({ features: PASSTHRU, serializer: 'cbor' }), world.join({ serializer: 'msgpack' })]
      subscriber.subscribe(TOPIC)
      const bytes = new Uint8Array([0xff, 0x00, 0xc1])
      publisher.say(16, 1, { ...ATTRIBUTES, acknowledge: true }, TOPIC, [bytes])
      expect(publisher.takeOne()[0]).toBe(17)
      expect(subscriber.takeOne().slice(3)).toEqual([ATTRIBUTES, [bytes]])
    })

    it('carries the binary item to JSON sessions in its own form [AP-PPT-18]', () => {
      const [publisher, subscriber] = [world.join({ features: PASSTHRU, serializer: 'cbor' }), world.join()]
      subscriber.subscribe(TOPIC)
      publisher.say(16, 1, { ppt_scheme: 'mqtt' }, TOPIC, [new Uint8Array([1, 2, 3])])
      expect(subscriber.takeOne().slice(3)).toEqual([{ ppt_scheme: 'mqtt' }, [new Uint8Array([1, 2, 3])]])
    })

    it('keeps the attributes with retained events, history and testaments [AP-PPT-15]', () => {
      world = World.of({ topics: [{ uri: TOPIC, history: { events: 5 } }], roles: { anonymous: ALLOW_ALL } })
      const [publisher, subscriber] = [world.join({ features: PASSTHRU }), world.join()]
      publisher.say(16, 1, { ...ATTRIBUTES, retain: true }, TOPIC, ['x'])
      publisher.say(48, 2, {}, 'wamp.session.add_testament', [TOPIC, ['y']], { publish_options: ATTRIBUTES })
      subscriber.say(32, 1, { get_retained: true }, TOPIC)
      const [subscribed, event] = subscriber.take()
      expect(event?.[3]).toEqual({ ...ATTRIBUTES, retained: true })
      publisher.drop()
      expect(subscriber.takeOne().slice(3)).toEqual([ATTRIBUTES, ['y']])
      subscriber.say(48, 2, {}, 'wamp.subscription.get_events', [subscribed?.[2]])
      expect(subscriber.takeOne()[3]).toMatchObject([{ details: ATTRIBUTES }, { details: ATTRIBUTES }])
    })

    it('ends the session of a publisher that did not announce it [AP-PPT-05]', () => {
      const [publisher, subscriber] = [world.join(), world.join()]
      subscriber.subscribe(TOPIC)
      publisher.say(16, 1, { ppt_scheme: 'mqtt' }, TOPIC, ['x'])
      expect(publisher.takeOne()).toEqual([3, expect.anything(), 'wamp.error.protocol_violation'])
      expect(subscriber.take()).toEqual([])
    })

    it('refuses a testament of a session that did not announce it', () => {
      const publisher = world.join()
      publisher.say(48, 1, {}, 'wamp.session.add_testament', [TOPIC], { publish_options: ATTRIBUTES })
      expect(publisher.takeOne()[4]).toBe('wamp.error.feature_not_supported')
    })

    it('is not in use without a scheme: the other attributes are ignored', () => {
      const [publisher, subscriber] = [world.join(), world.join()]
      subscriber.subscribe(TOPIC)
      publisher.say(16, 1, { ppt_serializer: 'cbor', ppt_scheme: '' }, TOPIC, ['x'])
      expect(subscriber.takeOne().slice(3)).toEqual([{}, ['x']])
    })

    it.each(['cbor', 'msgpack', 'json'] as const)(
      'ends the session of a publisher of the older form in %s, before a subscriber gets what it cannot read [AP-PPT-25]',
      (serializer) => {
        const [publisher, subscriber] = [world.join({ serializer, features: PASSTHRU }), world.join({ serializer })]
        subscriber.subscribe(TOPIC)
        publisher.say(16, 1, { enc_algo: 'cryptobox', acknowledge: true }, TOPIC, new Uint8Array([1, 2]))
        expect(publisher.takeOne()).toEqual([
          3,
          { message: expect.stringContaining('older form') as unknown },
          'wamp.error.protocol_violation',
        ])
        expect(subscriber.take()).toEqual([])
        expect(subscriber.isClosed).toBe(false)
      },
    )
  })

  it.each(['json', 'msgpack', 'cbor'] as const)(
    'takes EVENT_RECEIVED in %s without asking for it, and goes on [AP-PS-ACK-01]',
    (serializer) => {
      const [publisher, subscriber] = [world.join({ serializer }), world.join({ serializer })]
      subscriber.subscribe(TOPIC)
      publisher.say(16, 1, {}, TOPIC)
      const [, , publication, details] = subscriber.takeOne()
      expect(details).toEqual({})
      subscriber.say(337, publication)
      publisher.say(16, 2, {}, TOPIC)
      expect(subscriber.takeOne()[0]).toBe(36)
    },
  )
})
