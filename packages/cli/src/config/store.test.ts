// Shows how a configuration names the store of durable topics, and which topics it refuses.

import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'

const REALM = `
listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
realms:
  shop:
    anonymous: { role: guest }
    roles: { guest: [{ uri: com.shop.**, allow: [subscribe] }] }
    topics:
      - { uri: com.shop.orders.**, durable: { keep: { count: 1000, octets: 1MiB, age: 720h } } }
      - { uri: com.shop.prices, durable: {} }
`

function faultOf(text: string): string {
  try {
    parseConfig(text, '/etc/trunkline.yaml')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('durable topics in a configuration', () => {
  it('say what is kept, and where', () => {
    const { router, store } = parseConfig(`${REALM}store: memory\n`, '/etc/trunkline.yaml')
    expect(store).toEqual({ in: 'memory' })
    const onDisk = parseConfig(`${REALM}store: { lmdb: events, size: 1GiB }\n`, '/etc/trunkline.yaml')
    expect(onDisk.store).toEqual({ in: 'lmdb', folder: '/etc/events', maxBytes: 1_073_741_824 })
    const day = 86_400_000
    expect(router.realms['shop']?.topics).toEqual([
      { uri: 'com.shop.orders.**', match: undefined, durable: { keep: { events: 1000, bytes: 1_048_576, ageMs: 30 * day } } },
      { uri: 'com.shop.prices', match: undefined, durable: { keep: {} } },
    ])
  })

  it('need a store', () => {
    expect(faultOf(REALM)).toContain("realms.shop.topics[0].durable: needs 'store'")
    expect(faultOf(REALM)).toContain("realms.shop.topics[1].durable: needs 'store'")
  })

  it('are refused with several workers and in a cluster', () => {
    expect(faultOf(`${REALM}store: memory\nworkers: 2\n`)).toContain('no topic can be durable with several workers yet')
    const cluster = 'cluster: { name: shops, secret: 0123456789abcdef, nats: { servers: [nats://127.0.0.1:4222] } }'
    expect(faultOf(`${REALM}store: memory\n${cluster}\n`)).toContain('no topic can be durable in a cluster yet')
  })

  it('are not made by a store of another kind', () => {
    expect(faultOf(`${REALM}store: disk\n`)).toContain('store')
  })
})
