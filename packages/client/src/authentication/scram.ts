// Method `wamp-scram`, the client's side, and `scram`, as Autobahn speaks it (specification: "Salted Challenge Response
// Authentication"). Both sides prove that they know the password; it never crosses the connection.

import type { Dict } from '@trunkline/protocol'
import { autobahnAuthMessage, isCanonicalBase64, NO_CHANNEL_BINDING, saslPrepared, scramAuthMessage } from '@trunkline/protocol'
import { checkNamed } from '../checks.ts'
import type { AuthMethod, LoginAttempt, LoginStart } from '../login.ts'
import type { ChallengeAnswer } from '../opening.ts'
import { authMethod } from './run-login.ts'
import type { AcceptedCost } from './salted-password.ts'
import { saltedPassword } from './salted-password.ts'
import type { Secret } from './ticket.ts'
import { checkSecret, valueOf } from './ticket.ts'
import type { Octets } from './web-crypto.ts'
import { fromBase64, hmac, randomOctets, sha256, toBase64, utf8, xor } from './web-crypto.ts'
import { count } from './wampcra.ts'

const NONCE_OCTETS = 16

export interface ScramAuthOptions extends AcceptedCost {
  /** `autobahn` for Crossbar.io and routers that serve its clients. Default `specified`. */
  readonly dialect?: 'specified' | 'autobahn' | undefined
  /** Binds the login to the TLS connection; without such a connection the login fails. Works only for RawSocket over TLS in Node. */
  readonly channelBinding?: 'tls-unique' | 'tls-server-end-point' | undefined
}

/**
 * Logs in by a password, and checks that the router knows it, too. Needs `authid`.
 *
 * @example
 * import { scramAuth } from '@trunkline/client/auth'
 *
 * const auth = scramAuth('pencil')
 * console.log(auth.name) // wamp-scram
 */
export function scramAuth(password: Secret, options: ScramAuthOptions = {}): AuthMethod {
  checkSecret('password', password)
  checkNamed('options', options, 'dialect:string channelBinding:string leastIterations:number mostIterations:integer mostMemory:integer')
  // Deriving a key is slow, so the last key is kept for the next login.
  const salted = saltedPassword(options)
  return authMethod(options.dialect === 'autobahn' ? 'scram' : 'wamp-scram', (login) =>
    startScram(async (extra) => salted(await valueOf(password), extra, options.dialect ?? 'specified'), login, options),
  )
}

type Stretch = (extra: Dict) => Promise<Octets>

/** One login. Only tests pass `nonce`. */
export async function startScram(
  stretch: Stretch,
  login: LoginStart,
  options: ScramAuthOptions,
  nonce = toBase64(randomOctets(NONCE_OCTETS)),
): Promise<LoginAttempt> {
  const { dialect = 'specified', channelBinding } = options
  if (login.authid === undefined) throw new Error('WAMP-SCRAM needs an authid')
  const authid = saslPrepared(login.authid)
  if (authid === undefined) throw new Error('the authid holds what SASLprep prohibits')
  const data = channelBinding === undefined ? undefined : login.channelBinding(channelBinding)
  if (channelBinding !== undefined && data === undefined) throw new Error(`this connection gives no channel binding ${channelBinding}`)
  let expected: string | undefined

  const answer = async ({ extra }: { extra: Dict }): Promise<ChallengeAnswer> => {
    const said = readChallenge(extra, nonce, dialect)
    const key = await stretch(extra)
    const exchange = { authid, clientNonce: nonce, ...said }
    const binding = data === undefined ? NO_CHANNEL_BINDING : toBase64(Uint8Array.from([...utf8(`p=${channelBinding},,`), ...data]))
    const message = utf8(dialect === 'autobahn' ? autobahnAuthMessage(exchange) : scramAuthMessage({ ...exchange, binding }))
    expected = toBase64(await hmac(await hmac(key, utf8('Server Key')), message))
    const clientKey = await hmac(key, utf8('Client Key'))
    const signature = toBase64(xor(clientKey, await hmac(await sha256(clientKey), message)))
    if (dialect === 'autobahn') return signature
    const extraOfAnswer = {
      nonce: said.nonce,
      channel_binding: channelBinding ?? null,
      cbind_data: data === undefined ? null : toBase64(data),
    }
    return { signature, extra: extraOfAnswer }
  }
  const check = async ({ authextra }: Dict): Promise<void> => {
    const shown = (authextra as Dict | undefined)?.[dialect === 'autobahn' ? 'scram_server_signature' : 'verifier']
    if (expected === undefined || typeof shown !== 'string' || shown.replace(/^v=/, '') !== expected)
      throw new Error('the verifier is wrong')
  }
  const authextra = dialect === 'autobahn' ? { nonce } : { nonce, channel_binding: channelBinding ?? null }
  return { authextra, answer, check: (welcome) => check(welcome) }
}

function readChallenge(extra: Dict, own: string, dialect: string): { nonce: string; salt: string; iterations: number } {
  const { nonce, salt, iterations } = extra
  if (!isCanonicalBase64(salt)) throw new Error('the salt is no Base64')
  if (typeof nonce !== 'string' || !continues(nonce, own, dialect)) throw new Error('the nonce is not the continuation of ours')
  return { nonce, salt, iterations: count(iterations, Number.MAX_SAFE_INTEGER, 'iterations') }
}

/** Whether the router's nonce continues the client's. In the dialect both are Base64, so it compares their octets. */
function continues(nonce: string, own: string, dialect: string): boolean {
  if (dialect === 'specified') return nonce.startsWith(own) && nonce.length > own.length
  if (!isCanonicalBase64(nonce)) return false
  const [theirs, ours] = [fromBase64(nonce), fromBase64(own)]
  return theirs.length > ours.length && ours.every((octet, i) => theirs[i] === octet)
}
