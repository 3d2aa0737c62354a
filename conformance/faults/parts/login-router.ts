// A router whose clients log in by WAMP-CRA, in a process of its own: tells its address and runs until it is ended.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { AuthenticationNext, JoinRequest } from '@trunkline/protocol'
import { AUTHENTICATION_DENIED } from '@trunkline/protocol'
import { createRouter } from '@trunkline/router'
import { signed } from './signed.ts'
import { CROWD_USER } from './words.ts'

const router = createRouter({
  realms: {
    realm1: {
      roles: { user: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] },
      authenticate: (request, _, next) => challenge(request, next),
    },
  },
})
const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
process.on('disconnect', () => process.exit(0))
process.send?.({ address })

/** Specification, "Challenge-Response Authentication". */
function challenge({ authid = '', authmethods }: JoinRequest, next: AuthenticationNext): void {
  if (authid !== CROWD_USER || !authmethods.includes('wampcra')) return next({ deny: AUTHENTICATION_DENIED, message: 'not known' })
  const text = JSON.stringify({
    authid,
    authrole: 'user',
    authmethod: 'wampcra',
    nonce: randomBytes(16).toString('hex'),
    timestamp: new Date().toISOString(),
  })
  const wanted = Buffer.from(signed(text))
  next({
    challenge: 'wampcra',
    extra: { challenge: text },
    answer: (signature, _, then) => {
      const given = Buffer.from(signature)
      if (given.length === wanted.length && timingSafeEqual(given, wanted)) {
        then({ accept: { authid, authrole: 'user', authmethod: 'wampcra', authprovider: 'static' } })
      } else then({ deny: AUTHENTICATION_DENIED, message: 'not known' })
    },
  })
}
