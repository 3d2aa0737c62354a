// One publisher, two subscribers of one topic: each event reaches both, in order.

import { connect } from '@trunkline/client'
import { createRouter } from '@trunkline/router'

const router = createRouter({
  realms: {
    realm1: {
      anonymousRole: 'guest',
      roles: { guest: [{ uri: 'com.example.**', allow: ['publish', 'subscribe'] }] },
    },
  },
})
const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })

/** Counts the events until there were three, then stops. */
async function subscriber(name: string): Promise<{ ended: Promise<string> }> {
  const client = await connect({ url, realm: 'realm1' })
  const events = await client.subscribe('com.example.temperature')
  const hear = async (): Promise<string> => {
    const heard: unknown[] = []
    for await (const { args } of events) if (heard.push(args[0]) === 3) break
    await client.stop()
    return `${name} heard ${heard.join(', ')}`
  }
  return { ended: hear() }
}

const kitchen = await subscriber('kitchen')
const office = await subscriber('office')

const sensor = await connect({ url, realm: 'realm1' })
for (const degrees of [20.5, 21, 21.5]) await sensor.publish('com.example.temperature', [degrees], { kwargs: { unit: 'C' } })

console.log(await kitchen.ended)
console.log(await office.ended)
await sensor.stop()
await router.close()
