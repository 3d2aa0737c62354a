// What can go wrong with a call, and how each case looks: the callee's own error, no callee, a callee that leaves, and a
// router that goes away.

import { ApplicationError, connect, ConnectError, DisconnectedError } from '@trunkline/client'
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
const caller = await connect({ url, realm: 'realm1', whileAway: 'fail' })
// For development: callers get the text of exceptions, in place of an id under which the callee prints them.
const callee = await connect({ url, realm: 'realm1', exposeErrors: true, onError: () => {} })

async function attempt(title: string, call: Promise<unknown>): Promise<void> {
  const outcome = await call.then(
    () => 'succeeded',
    (error: unknown) => {
      if (error instanceof ApplicationError)
        return `${error.uri} ${JSON.stringify(error.args)} ${JSON.stringify({ ...error.kwargs, id: undefined })}`
      if (error instanceof DisconnectedError) return `disconnected, may have run: ${error.mayHaveRun}`
      if (error instanceof ConnectError) return `${error.code} ${error.reason}`
      throw error
    },
  )
  console.log(`${title}: ${outcome}`)
}

await callee.register('com.example.order', ({ args: [item] }) => {
  if (item === 'pear') throw new ApplicationError('com.example.error.sold_out', ['no pears today'], { next: 'Friday' })
  throw new TypeError('a fault of the callee')
})
await attempt('sold out', caller.call('com.example.order', ['pear']))
await attempt('fault', caller.call('com.example.order', ['plum']))
await attempt('no callee', caller.call('com.example.pay'))
await attempt('not allowed', caller.call('com.acme.order'))
await attempt('no such realm', connect({ url, realm: 'realm2' }))

// A callee that leaves before it has answered.
await callee.register('com.example.slow', () => callee.stop())
await attempt('callee left', caller.call('com.example.slow'))

// A router that goes away: the request was sent, so the caller cannot know whether it was carried out.
const other = await connect({ url, realm: 'realm1' })
await other.register('com.example.never', () => {
  void router.close()
  return new Promise(() => {})
})
await attempt('router left', caller.call('com.example.never'))
await attempt('after that', caller.call('com.example.never'))
await Promise.all([caller.stop(), other.stop()])
