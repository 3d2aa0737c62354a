// Shows the revocation of subscriptions by the router (specification: "Subscription Revocation").

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const TOPIC = 'com.example.topic'
const REVOCABLE = { subscriber: ['subscription_revocation'] }

describe('subscription revocation', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  function subscribe(peer: TestPeer, topic = TOPIC): number {
    peer.say(32, 1, {}, topic)
    return peer.takeOne()[2] as number
  }

  function revoke(peer: TestPeer, id: number, reason?: string): void {
    const realm = realmIn(world, 'realm1')
    const [session, subscription] = [realm?.sessions.get(peer.session), realm?.broker.subscriptions.get(id)]
    if (session === undefined || subscription === undefined) throw new Error('nothing to revoke')
    realm?.broker.revoke(session, subscription, reason)
    world.settle()
  }

  it('announces the feature [AP-PS-REV-01]', () => {
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { subscriber: {} } })
    expect(peer.takeOne()[2]).toMatchObject({ roles: { broker: { features: { subscription_revocation: true } } } })
  })

  it('tells a subscriber by UNSUBSCRIBED with request 0, the subscription and the reason [AP-PS-REV-02 AP-PS-REV-03 AP-PS-REV-04]', () => {
    const [peer, publisher] = [world.join({ features: REVOCABLE }), world.join()]
    const id = subscribe(peer)
    revoke(peer, id, 'no longer authorized')
    expect(peer.takeOne()).toEqual([35, 0, { subscription: id, reason: 'no longer authorized' }])
    publisher.say(16, 1, {}, TOPIC)
    expect(peer.take()).toEqual([])
    expect(realmIn(world, 'realm1')?.broker.subscriptions.size).toBe(0)
  })

  it('sends nothing to a subscriber without the feature, and no more events; meta events tell of it [AP-PS-REV-05 AP-PS-REV-06]', () => {
    const [peer, publisher, watcher] = [world.join(), world.join(), world.join()]
    const id = subscribe(peer)
    const onUnsubscribe = subscribe(watcher, 'wamp.subscription.on_unsubscribe')
    revoke(peer, id, 'no longer authorized')
    publisher.say(16, 1, {}, TOPIC)
    expect(peer.take()).toEqual([])
    expect(watcher.takeOne()).toEqual([36, onUnsubscribe, expect.any(Number), {}, [peer.session, id]])
  })

  it('does not take the subscription from the others', () => {
    const [peer, other, publisher] = [world.join({ features: REVOCABLE }), world.join({ features: REVOCABLE }), world.join()]
    const id = subscribe(peer)
    expect(subscribe(other)).toBe(id)
    revoke(peer, id)
    expect(peer.takeOne()).toEqual([35, 0, { subscription: id }])
    publisher.say(16, 1, {}, TOPIC)
    expect(other.takeOne()).toEqual([36, id, expect.any(Number), {}])
  })

  it('answers UNSUBSCRIBE of a revoked subscription with no_such_subscription', () => {
    const peer = world.join({ features: REVOCABLE })
    const id = subscribe(peer)
    revoke(peer, id)
    peer.take()
    peer.say(34, 2, id)
    expect(peer.takeOne()).toEqual([8, 34, 2, {}, 'wamp.error.no_such_subscription'])
  })

  it('revokes by wamp.subscription.remove_subscriber, with a reason [AP-PS-REV-08]', () => {
    const [peer, admin] = [world.join({ features: REVOCABLE }), world.join()]
    const id = subscribe(peer)
    admin.say(48, 1, {}, 'wamp.subscription.remove_subscriber', [id, peer.session], { reason: 'com.example.gone' })
    expect(admin.takeOne()).toEqual([50, 1, {}])
    expect(peer.takeOne()).toEqual([35, 0, { subscription: id, reason: 'com.example.gone' }])
    admin.say(48, 2, {}, 'wamp.subscription.remove_subscriber', [id, peer.session])
    expect(admin.takeOne()).toEqual([8, 48, 2, {}, 'wamp.error.no_such_subscription'])
  })

  it('refuses a reason that is not a URI, and takes nothing from anybody', () => {
    const [peer, admin] = [world.join({ features: REVOCABLE }), world.join()]
    const id = subscribe(peer)
    admin.say(48, 1, {}, 'wamp.subscription.remove_subscriber', [id, peer.session], { reason: 'no uri' })
    expect(admin.takeOne().slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.invalid_uri'])
    expect(peer.take()).toEqual([])
  })

  it('refuses to remove a session that is not subscribed', () => {
    const [peer, admin] = [world.join({ features: REVOCABLE }), world.join()]
    const id = subscribe(peer)
    admin.say(48, 1, {}, 'wamp.subscription.remove_subscriber', [id, admin.session])
    admin.say(48, 2, {}, 'wamp.subscription.remove_subscriber', [id, 'x'])
    expect(admin.take()).toEqual([
      [8, 48, 1, {}, 'wamp.error.no_such_session'],
      [8, 48, 2, {}, 'wamp.error.invalid_argument', ['expected a session id']],
    ])
  })
})
