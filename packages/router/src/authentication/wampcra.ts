// Method `wampcra`: the client signs a text of ours (specification: "Challenge Response Authentication"). The signature
// is judged against the text as it was sent; what the client sends back is never parsed.

import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { AuthenticationNext } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { Clock } from '../core/ports.ts'
import type { Begun, Login, Method, Principal, User } from './method.ts'
import { admit, DENIED, FAILED } from './method.ts'
import type { CraOptions } from './options.ts'
import { hmac, isSame, Later, nonce } from './secrets.ts'

export const DEFAULT_ITERATIONS = 100_000
export const DEFAULT_KEY_OCTETS = 32

interface Credential {
  readonly key: Later<string>
  readonly salting: { readonly salt: string; readonly iterations: number; readonly keylen: number } | undefined
}

export class CraMethod implements Method {
  readonly name = 'wampcra'
  readonly users: readonly User[]
  readonly #credentials: ReadonlyMap<User, Credential>
  readonly #clock: Clock

  constructor(users: readonly User[], clock: Clock) {
    this.#credentials = new Map(
      users.flatMap((user) => (user.options.wampcra === undefined ? [] : [[user, credentialOf(user.authid, user.options.wampcra)]])),
    )
    this.users = [...this.#credentials.keys()]
    this.#clock = clock
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { principal } = login
    const credential = principal === undefined ? undefined : this.#credentials.get(principal.user)
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

/** A made-up user is shown a salt of the same length. */
function saltingFor({ isMadeUp, salt }: Principal, { salting }: Credential): Credential['salting'] {
  return salting !== undefined && isMadeUp ? { ...salting, salt: salt(salting.salt.length) } : salting
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

function credentialOf(authid: string, options: CraOptions): Credential {
  if ('secret' in options) {
    if (options.secret === '') throw new UsageError(`user '${authid}': wampcra.secret is empty`, 'TL_REALM')
    return { key: new Later(options.secret), salting: undefined }
  }
  const { salt, iterations = DEFAULT_ITERATIONS, keylen = DEFAULT_KEY_OCTETS } = options
  if (salt === '') throw new UsageError(`user '${authid}': wampcra.salt is empty`, 'TL_REALM')
  for (const [name, value] of Object.entries({ iterations, keylen })) {
    if (!Number.isInteger(value) || value < 1) throw new UsageError(`user '${authid}': wampcra.${name} is no positive integer`, 'TL_REALM')
  }
  const key = 'key' in options ? options.key : deriveCraKey(options.password, salt, iterations, keylen)
  return { key: new Later(key), salting: { salt, iterations, keylen } }
}

/** The key of a salted password: the Base64 text of PBKDF2-HMAC-SHA256, the salt taken as text, as all implementations do. */
export async function deriveCraKey(password: string, salt: string, iterations: number, keylen: number): Promise<string> {
  return (await promisify(pbkdf2)(password, salt, iterations, keylen, 'sha256')).toString('base64')
}
