// Runs a login with several methods: announces them in HELLO, chooses the one that answers a CHALLENGE, and has WELCOME checked.

import type { Dict } from '@trunkline/protocol'
import { AUTHENTICATION_FAILED } from '@trunkline/protocol'
import { check } from '../checks.ts'
import { textOf } from '../error-text.ts'
import type { AuthMethod, LoginAttempt, LoginStart, RunLogin } from '../login.ts'
import { enterRealm } from '../opening.ts'
import type { ClientTransport } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'

/**
 * Makes an authentication method of the application.
 *
 * @example
 * import { authMethod } from '@trunkline/client/auth'
 *
 * const pin = authMethod('com.example.pin', () => ({ answer: () => '1234' }))
 * console.log(pin.name) // com.example.pin
 */
export function authMethod(name: string, start: AuthMethod['start']): AuthMethod {
  check('name', name, 'string')
  check('start', start, 'function')
  return { name, start, run: runLogin }
}

const runLogin: RunLogin = async (transport, options) => {
  const { auth = [], details, onChallenge, signal } = options
  const attempts = await startAll('start' in auth ? [auth] : auth, details, transport)
  if (signal.aborted) transport.close()
  signal.throwIfAborted()
  let answered: LoginAttempt | undefined
  const session = await enterRealm(transport, {
    ...options,
    details: helloDetails(details, attempts),
    onChallenge: (challenge) => {
      answered = attempts.get(challenge.method)
      const ask = answered?.answer ?? onChallenge
      if (ask === undefined) throw new Error(`${challenge.method} was not offered`)
      return ask(challenge)
    },
  })
  // If every method requires a proof from the router, the session requires one even when the router sent no CHALLENGE.
  const checks = (answered === undefined ? [...attempts.values()] : [answered]).map(({ check }) => check)
  if (checks.includes(undefined)) return session
  try {
    await checks[0]?.(session.details)
    return session
  } catch (cause) {
    const reason = AUTHENTICATION_FAILED
    const text = 'the router did not prove that it knows this client'
    void session.leave(reason, text)
    throw new ConnectError('TL_CONNECT_CHALLENGE', `${text}: ${textOf(cause)}`, { reason, cause })
  }
}

async function startAll(methods: readonly AuthMethod[], details: Dict, transport: ClientTransport): Promise<Map<string, LoginAttempt>> {
  const start: LoginStart = {
    authid: details['authid'] as string | undefined,
    channelBinding: (type) => transport.channelBinding?.(type),
  }
  const attempts = new Map<string, LoginAttempt>()
  try {
    for (const method of methods) attempts.set(method.name, await method.start(start))
  } catch (error) {
    transport.close()
    throw error
  }
  return attempts
}

function helloDetails(details: Dict, attempts: ReadonlyMap<string, LoginAttempt>): Dict {
  const said = [...attempts.values()]
  const authextra: Dict = Object.assign({}, ...said.map((attempt) => attempt.authextra), details['authextra'])
  const authid = details['authid'] ?? said.find((attempt) => attempt.authid !== undefined)?.authid
  const authmethods = [...attempts.keys(), ...((details['authmethods'] as string[] | undefined) ?? [])]
  const hello = { ...details, authmethods, authid, authextra: Object.keys(authextra).length === 0 ? undefined : authextra }
  return Object.fromEntries(Object.entries(hello).filter(([, value]) => value !== undefined))
}
