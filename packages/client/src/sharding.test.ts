// Shows that a client shards procedures and topics at our router, by options alone.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSession } from './open-session.ts'
import type { Session } from './session.ts'

const KEYS = Array.from({ length: 50 }, (_, i) => `key-${i}`)

let router: Router
beforeEach(() => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow }] } } } })
})
afterEach(() => router.close())

const join = (): Promise<Session> => openSession({ transport: router.openLocal(), realm: 'realm1' })

describe('a client', () => {
  it('offers shards of a procedure, and calls by key', async () => {
    const [even, odd, caller] = [await join(), await join(), await join()]
    const shards = Array.from({ length: 1024 }, (_, i) => i)
    for (const [i, callee] of [even, odd].entries()) {
      await callee.register('com.example.who', () => i, { invoke: '_sharded', _shard: shards.filter((shard) => shard % 2 === i) })
    }
    const ask = (rkey: string | number): Promise<unknown> => caller.call('com.example.who', [], { runmode: 'partition', rkey })
    // The shard of the key `a`, by FNV-1a: 0xe40c292c modulo 1024, is even; that of `foobar`, 0xbf9cf968, too; that of `b`, 0xe70c2de5, is odd.
    expect([await ask('a'), await ask('foobar'), await ask('b')]).toEqual([0, 0, 1])
    await expect(caller.call('com.example.who', [])).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  })

  it('gives its node key and the key of an event [AP-PS-SHD-02 AP-PS-SHD-03]', async () => {
    const got: [string, string][] = []
    const subscribers = [await join(), await join()]
    for (const [i, subscriber] of subscribers.entries()) {
      const nkey = `node-${i}`
      await subscriber.subscribe('com.example.topic', ({ args }) => void got.push([nkey, String(args[0])]), { nkey })
    }
    const publisher = await join()
    for (const rkey of KEYS) await publisher.publish('com.example.topic', [rkey], { rkey, acknowledge: true })
    // What was queued for a session before its GOODBYE is answered has come.
    for (const subscriber of subscribers) await subscriber.leave()
    expect(got.map(([, key]) => key).toSorted()).toEqual(KEYS.toSorted())
    expect(new Set(got.map(([nkey]) => nkey))).toEqual(new Set(['node-0', 'node-1']))
  })
})
