// Method `wampcra`: the client signs a text of the router (specification: "Challenge Response Authentication"). The router checks
// the signature against the text as it was sent; it never parses what the client sends back.

import type { AuthenticationNext } from '@trunkline/protocol'
import type { Clock } from '../core/ports/index.ts'
import type { CraCredential } from './cra-keys.ts'
import type { User } from './credentials.ts'
import type { Begun, Login, Method, Principal } from './method.ts'
import { admit, DENIED, FAILED } from './method.ts'
import { hmac, isSame, nonce } from './secrets.ts'

export class CraMethod implements Method {
  readonly name = 'wampcra'
  readonly users: readonly User[]
  readonly #clock: Clock

  constructor(users: readonly User[], clock: Clock) {
    this.users = users.filter(({ credentials }) => credentials.cra !== undefined)
    this.#clock = clock
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { principal } = login
    const credential = principal?.user.credentials.cra
    if (principal === undefined || credential === undefined) return 'unable'
    const challenge = challengeText(login, principal, this.#clock.now())
    const answer = (signature: string, _extra: unknown, then: AuthenticationNext): void => {
      const judge = (key: string): void => {
        const isRight = isSame(signature, hmac(key, challenge).toString('base64'))
        then(isRight && !principal.isMadeUp ? admit(login, principal.user, 'wampcra') : DENIED)
      }
      credential.key.use(judge, () => then(FAILED))
    }
    next({ challenge: 'wampcra', extra: { challenge, ...saltingFor(principal, credential) }, answer })
    return 'begun'
  }
}

/** A made-up user gets a salt of the same length. */
function saltingFor({ isMadeUp, salt }: Principal, { salting }: CraCredential): CraCredential['salting'] {
  return salting !== undefined && isMadeUp ? { ...salting, salt: salt('wampcra', salting.salt.length) } : salting
}

function challengeText(login: Login, { authid, user, isMadeUp }: Principal, now: number): string {
  return JSON.stringify({
    authid: isMadeUp ? authid : user.authid,
    authrole: user.options.role,
    authmethod: 'wampcra',
    authprovider: user.provider,
    nonce: nonce(),
    timestamp: new Date(now).toISOString(),
    session: login.session,
  })
}
