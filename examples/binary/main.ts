// Bytes and long integers between a session that speaks JSON and one that speaks CBOR: the router converts.

import { connect } from '@trunkline/client'
import { cbor } from '@trunkline/client/cbor'
import { createRouter } from '@trunkline/router'

const router = createRouter({
  realms: {
    realm1: {
      anonymousRole: 'guest',
      roles: { guest: [{ uri: 'com.example.**', allow: ['call', 'register'] }] },
    },
  },
})
const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })

const callee = await connect({ url, realm: 'realm1', serializer: cbor() })
await callee.register('com.example.reverse', ({ args: [bytes] }) => {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes expected')
  return bytes.toReversed()
})
await callee.register('com.example.next', ({ args: [number] }) => BigInt(number as bigint) + 1n)

const caller = await connect({ url, realm: 'realm1' })
const reversed = await caller.call('com.example.reverse', [new Uint8Array([1, 2, 250])])
console.log('bytes:', reversed)

const next = await caller.call('com.example.next', [2n ** 60n])
console.log('integer:', next)

await Promise.all([callee.stop(), caller.stop()])
await router.close()
