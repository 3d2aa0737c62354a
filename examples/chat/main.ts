// A chat with rooms: each room is a topic, and one wildcard subscription follows them all.

import { connect } from '@trunkline/client'
import { createRouter } from '@trunkline/router'

const router = createRouter({
  realms: {
    chat: {
      anonymousRole: 'guest',
      roles: { guest: [{ uri: 'com.example.chat..message', allow: ['publish', 'subscribe'] }] },
    },
  },
})
const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })

const archive = await connect({ url, realm: 'chat' })
const messages = await archive.subscribe('com.example.chat..message', { match: 'wildcard' })

const ann = await connect({ url, realm: 'chat' })
await ann.publish('com.example.chat.garden.message', ['are the roses out?'], { kwargs: { from: 'ann' }, acknowledge: true })

const bob = await connect({ url, realm: 'chat' })
await bob.publish('com.example.chat.garden.message', ['since Monday'], { kwargs: { from: 'bob' } })
await bob.publish('com.example.chat.kitchen.message', ['bye'], { kwargs: { from: 'bob' } })

for await (const { topic, args, kwargs } of messages) {
  const room = topic.split('.')[3]
  console.log(`[${room}]`, kwargs['from'], args[0])
  if (args[0] === 'bye') break
}

await Promise.all([archive, ann, bob].map((client) => client.stop()))
await router.close()
