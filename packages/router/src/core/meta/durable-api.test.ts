// Shows what owners do with their durable subscriptions: list, look at, pause, seek and delete them; and what becomes of them when rights and
// rules change.

import type { KeepRule } from '@trunkline/router'
import { ALLOW_ALL, OPEN_REALM } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { DurableNames, ORDERS } from '../../testing/durable-names.ts'

/** A world whose sessions may call these procedures. */
function made(keep?: KeepRule): DurableNames {
  const mine = ['trunkline.durable.**', 'trunkline.admin.durable.**'].map((uri) => ({ uri, allow: ['call'] as const }))
  const roles = { anonymous: [...ALLOW_ALL, ...mine] }
  return DurableNames.of({ realm: { ...OPEN_REALM, roles }, ...(keep && { keep }) })
}

const NONE = 'wamp.error.no_such_subscription'

describe('the owner of a durable subscription', () => {
  it('lists and looks at it, and nobody else does', () => {
    const durable = made()
    const [owner, other] = [durable.of('10.0.0.1'), durable.of('10.0.0.2')]
    durable.subscribe(owner, { name: 'invoices', max_in_flight: 2, attempts: 3, dead_letters: 'com.dead' })
    durable.publish(1, 2, 3)
    durable.ack(owner, durable.take(owner).slice(0, 1))
    durable.take(owner)
    const details = {
      name: 'invoices',
      owner: expect.stringContaining('10.0.0.1'),
      topic: ORDERS,
      match: 'exact',
      subscription: expect.any(Number),
      created: expect.any(Number),
      paused: false,
      sessions: 1,
      waiting: 0,
      in_flight: 2,
      position: 1,
      max_in_flight: 2,
      ack_wait: 30_000,
      attempts: 3,
      dead_letters: 'com.dead',
      sent: 3,
      acknowledged: 1,
      redelivered: 0,
      dead: 0,
      dropped: 0,
    }
    expect(durable.call(owner, 'get', 'invoices')).toEqual(details)
    expect(durable.call(owner, 'list')).toEqual([details])
    expect(durable.call(other, 'list')).toEqual([])
    for (const procedure of ['get', 'pause', 'resume', 'delete']) expect(durable.call(other, procedure, 'invoices')).toBe(NONE)
    expect(durable.call(other, 'seek', 'invoices', 'now')).toBe(NONE)
    expect(durable.call(owner, 'get', 'unknown')).toBe(NONE)
    expect(durable.call(owner, 'seek', 'invoices', -1)).toBe('wamp.error.invalid_argument')
    expect(durable.realm.broker.named.inFlight).toBe(2)
  })

  it('stops it, also over a restart, and goes on', () => {
    const durable = made()
    const owner = durable.world.join()
    durable.subscribe(owner, 'invoices')
    expect(durable.call(owner, 'pause', 'invoices')).toMatchObject({ paused: true })
    durable.publish(1)
    expect(durable.take(owner)).toEqual([])
    durable.crash()
    const again = durable.world.join()
    expect(durable.subscribe(again, 'invoices')[3]).toMatchObject({ _durable: { paused: true, waiting: 1 } })
    expect(durable.take(again)).toEqual([])
    expect(durable.call(again, 'resume', 'invoices')).toMatchObject({ paused: false })
    expect(durable.values(again)).toEqual([1])
  })

  it('begins anew with the oldest event, behind a place, or with what is new', () => {
    const durable = made({ events: 4 })
    const owner = durable.world.join()
    durable.subscribe(owner, 'invoices')
    durable.publish(1, 2, 3, 4, 5)
    durable.ack(owner, durable.take(owner).slice(0, 3))
    expect(durable.call(owner, 'seek', 'invoices', 'oldest')).toMatchObject({ position: 1, waiting: 4 })
    const all = durable.take(owner)
    expect(all.map(({ value, details }) => [value, details['_gap'], details['_redelivered']])).toEqual(
      [2, 3, 4, 5].map((value) => [value, undefined, undefined]),
    )
    expect(durable.call(owner, 'seek', 'invoices', 4)).toMatchObject({ position: 4, in_flight: 0 })
    expect(durable.values(owner)).toEqual([5])
    expect(durable.call(owner, 'seek', 'invoices', 'now')).toMatchObject({ position: 5, waiting: 0 })
    durable.pass(60_000)
    expect(durable.take(owner)).toEqual([])
    durable.publish(6)
    expect(durable.values(owner)).toEqual([6])
  })

  it('deletes it: its sessions are told, and the name may be used anew', () => {
    const durable = made()
    const [owner, worker] = [durable.world.join(), durable.world.join({ features: { subscriber: ['subscription_revocation'] } })]
    const [, , id] = durable.subscribe(owner, 'invoices')
    durable.subscribe(worker, 'invoices')
    durable.publish(1)
    expect(durable.call(owner, 'delete', 'invoices')).toBeUndefined()
    expect(worker.take().find(([type]) => type === 35)).toEqual([35, 0, { subscription: id, reason: expect.stringContaining('deleted') }])
    expect(durable.call(owner, 'list')).toEqual([])
    durable.crash()
    const again = durable.world.join()
    expect(durable.subscribe(again, 'invoices', 'com.shop.other')[3]).toMatchObject({ _durable: { created: true } })
    durable.world.end()
  })
})

it('an operator does the same with those of all users', () => {
  const durable = made()
  const [owner, operator] = [durable.of('10.0.0.1'), durable.of('10.0.0.2')]
  durable.subscribe(owner, 'invoices')
  const call = (procedure: string, ...args: unknown[]): unknown =>
    durable.callUnder('trunkline.admin.durable.', operator, procedure, ...args)
  expect(call('list')).toMatchObject([{ name: 'invoices', owner: expect.stringContaining('10.0.0.1') }])
  expect(call('pause', 'invoices')).toMatchObject({ paused: true })
  durable.publish(1)
  expect(call('get', 'invoices')).toMatchObject({ waiting: 1 })
  expect(call('seek', 'invoices', 'now')).toMatchObject({ waiting: 0 })
  expect(call('resume', 'invoices')).toMatchObject({ paused: false })
  expect(durable.take(owner)).toEqual([])
  expect(call('delete', 'invoices')).toBeUndefined()
  expect(durable.call(owner, 'list')).toEqual([])
})

describe('a durable subscription', () => {
  it('is taken from a session that loses the right, and its events wait', () => {
    const durable = DurableNames.of()
    const peer = durable.world.join({ features: { subscriber: ['subscription_revocation'] } })
    durable.subscribe(peer, 'invoices')
    durable.publish(1)
    const topics = [{ uri: 'com.shop.**', durable: {} }]
    const roles = { anonymous: [{ uri: '**', allow: ['publish', 'call'] as const }] }
    durable.world.router.updateRealm('realm1', { ...OPEN_REALM, topics, roles })
    expect(peer.take().find(([type]) => type === 35)).toMatchObject([35, 0, { reason: 'wamp.error.not_authorized' }])
    durable.publish(2)
    expect(durable.take(peer)).toEqual([])
    expect(durable.subscribe(peer, 'invoices')[4]).toBe('wamp.error.not_authorized')
    durable.world.router.updateRealm('realm1', { ...OPEN_REALM, topics })
    durable.subscribe(peer, 'invoices')
    expect(durable.values(peer)).toEqual([1, 2])
  })

  it('is taken from its sessions when its topics are durable no more', () => {
    const durable = DurableNames.of()
    const peer = durable.world.join({ features: { subscriber: ['subscription_revocation'] } })
    durable.subscribe(peer, 'invoices')
    durable.world.router.updateRealm('realm1', { ...OPEN_REALM, topics: [{ uri: 'com.elsewhere', durable: {} }] })
    expect(peer.take().find(([type]) => type === 35)).toMatchObject([35, 0, { reason: expect.stringContaining('not all durable') }])
    expect(durable.subscribe(peer, 'invoices')[4]).toBe('wamp.error.invalid_argument')
  })

  it('needs the right to publish its dead letters, and loses them with it', () => {
    const may = (uri: string) => ({
      anonymous: [
        { uri: '**', allow: ['subscribe', 'call'] as const },
        { uri, allow: ['publish', 'subscribe'] as const },
      ],
    })
    const topics = [{ uri: 'com.shop.**', durable: {} }]
    const durable = DurableNames.of({ realm: { ...OPEN_REALM, roles: may('com.shop.**') } })
    const peer = durable.world.join()
    const asked = { name: 'invoices', attempts: 1, dead_letters: 'com.dead' }
    expect(durable.subscribe(peer, asked).slice(4)).toEqual(['wamp.error.not_authorized', ['publish com.dead']])
    durable.world.router.updateRealm('realm1', { ...OPEN_REALM, topics, roles: may('com.**') })
    expect(durable.subscribe(peer, asked)[0]).toBe(33)
    const undertaker = durable.world.join()
    undertaker.subscribe('com.dead')
    durable.publish(1)
    durable.ack(peer, durable.take(peer), { _again: true })
    expect(durable.values(undertaker)).toEqual([1])
    durable.publish(2)
    durable.world.router.updateRealm('realm1', { ...OPEN_REALM, topics, roles: may('com.shop.**') })
    durable.ack(peer, durable.take(peer), { _again: true })
    expect(durable.values(undertaker)).toEqual([])
    expect(durable.world.router.counters.durableDead).toBe(2)
    expect(durable.world.log.lines.some(({ fields }) => String(fields['reason']).includes('may not publish to com.dead'))).toBe(true)
  })
})
