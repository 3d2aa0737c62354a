// HELLO .. WELCOME as a state machine, the client's side (specification: "Session Establishment"). Receives messages
// and says what comes of them. Does no I/O, keeps no time and never asks the application itself.

import { ProtocolError, UsageError } from './errors.ts'
import type { AbortMessage, AuthenticateMessage, Dict, HelloMessage, Message } from './messages.ts'
import { ABORT, AUTHENTICATE, CHALLENGE, EMPTY_DICT, HELLO, WELCOME } from './messages.ts'
import { nameOf } from './session-rules.ts'

/** What came of a message during the opening handshake. */
export type ClientHandshakeStep =
  /** The application is to be asked for a signature, then {@link ClientHandshake.authenticate} is called. */
  | { readonly kind: 'challenge'; readonly authmethod: string; readonly extra: Dict }
  /** The session is open. */
  | { readonly kind: 'welcome'; readonly session: number; readonly details: Dict }
  /** The router refused. Nobody answers an ABORT. */
  | { readonly kind: 'refused'; readonly abort: AbortMessage }

type State = 'new' | 'waiting' | 'challenged' | 'open' | 'ended'

const WHEN: Readonly<Record<State, string>> = {
  new: 'before HELLO',
  waiting: 'before WELCOME',
  challenged: 'while a CHALLENGE is open',
  open: 'after WELCOME',
  ended: 'after the end',
}

const ROUTER_ROLE_NAMES = ['broker', 'dealer']

/**
 * One opening handshake. Several rounds of CHALLENGE and AUTHENTICATE are allowed.
 *
 * @example
 * const handshake = new ClientHandshake('com.example.shop', { roles: { caller: {} } })
 * transport.send(handshake.hello())
 * const step = handshake.receive(message)
 */
export class ClientHandshake {
  readonly #realm: string
  readonly #details: Dict
  #state: State = 'new'

  /** @param details the Details of HELLO, `roles` included */
  constructor(realm: string, details: Dict) {
    this.#realm = realm
    this.#details = details
  }

  /** The first message on a transport. */
  hello(): HelloMessage {
    if (this.#state !== 'new') throw new UsageError('HELLO goes out once')
    this.#state = 'waiting'
    return { type: HELLO, realm: this.#realm, details: this.#details }
  }

  /**
   * Takes a message of the router.
   * @throws {ProtocolError} when it may not come now; then the client sends ABORT and closes the transport
   */
  receive(message: Message): ClientHandshakeStep {
    if (message.type === ABORT && this.#state !== 'open') {
      this.#state = 'ended'
      return { kind: 'refused', abort: message }
    }
    if (this.#state !== 'waiting') throw this.#violation(message)
    if (message.type === CHALLENGE) {
      this.#state = 'challenged'
      return { kind: 'challenge', authmethod: message.authmethod, extra: message.extra }
    }
    if (message.type !== WELCOME) throw this.#violation(message)
    if (!hasRouterRole(message.details['roles'])) throw this.#ended('WELCOME announces no router role')
    this.#state = 'open'
    return { kind: 'welcome', session: message.session, details: message.details }
  }

  /** The answer to the challenge received last. */
  authenticate(signature: string, extra: Dict = EMPTY_DICT): AuthenticateMessage {
    if (this.#state !== 'challenged') throw new UsageError('there is no CHALLENGE to answer')
    this.#state = 'waiting'
    return { type: AUTHENTICATE, signature, extra }
  }

  /** Ends the handshake from our side: before WELCOME a client leaves by ABORT, not by GOODBYE. */
  abort(reason: string, message: string): AbortMessage {
    this.#state = 'ended'
    return { type: ABORT, details: { message }, reason, payload: undefined }
  }

  #violation(message: Message): ProtocolError {
    return this.#ended(`${nameOf(message.type)} came ${WHEN[this.#state]}`)
  }

  #ended(text: string): ProtocolError {
    this.#state = 'ended'
    return new ProtocolError(text)
  }
}

function hasRouterRole(roles: unknown): boolean {
  if (typeof roles !== 'object' || roles === null) return false
  return ROUTER_ROLE_NAMES.some((role) => {
    const value = (roles as Dict)[role]
    return typeof value === 'object' && value !== null
  })
}
