// The client's side of the opening handshake, HELLO .. WELCOME, as a state machine (specification: "Session Establishment").
// It takes messages and returns the next step. Its caller sends, keeps time and asks the application.

import { ProtocolError, UsageError } from './errors.ts'
import type { AbortMessage, AuthenticateMessage, Dict, HelloMessage, Message } from './messages.ts'
import { ABORT, AUTHENTICATE, CHALLENGE, EMPTY_DICT, HELLO, WELCOME } from './messages.ts'
import { nameOf } from './session-rules.ts'

/** The next step after a message of the opening handshake. */
export type ClientHandshakeStep =
  /** The caller asks the application for a signature, then calls {@link ClientHandshake.authenticate}. */
  | { readonly kind: 'challenge'; readonly authmethod: string; readonly extra: Dict }
  /** The session is open. */
  | { readonly kind: 'welcome'; readonly session: number; readonly details: Dict }
  /** The router refused the session. An ABORT has no answer. */
  | { readonly kind: 'refused'; readonly abort: AbortMessage }

/** The phase of the handshake. */
type State = 'before HELLO' | 'before WELCOME' | 'while a CHALLENGE is open' | 'after WELCOME' | 'after the end'

/**
 * One opening handshake. Several rounds of CHALLENGE and AUTHENTICATE are allowed.
 *
 * @example
 * import { ClientHandshake, WELCOME } from '@trunkline/protocol'
 *
 * const handshake = new ClientHandshake('com.example.shop', { roles: { caller: {} } })
 * console.log(handshake.hello().realm) // com.example.shop
 * const step = handshake.receive({ type: WELCOME, session: 1, details: { roles: { dealer: {} } } })
 * console.log(step.kind) // welcome
 */
export class ClientHandshake {
  readonly #realm: string | null
  readonly #details: Dict
  #state: State = 'before HELLO'

  /**
   * @param realm null: the router chooses it
   * @param details the Details of HELLO, `roles` included
   */
  constructor(realm: string | null, details: Dict) {
    this.#realm = realm
    this.#details = details
  }

  /** The first message on a transport. */
  hello(): HelloMessage {
    if (this.#state !== 'before HELLO') throw new UsageError('HELLO was sent already')
    this.#state = 'before WELCOME'
    return { type: HELLO, realm: this.#realm, details: this.#details }
  }

  /**
   * Takes a message from the router.
   * @throws {ProtocolError} when the message may not arrive in this phase; then the client sends ABORT and closes the transport
   */
  receive(message: Message): ClientHandshakeStep {
    if (message.type === ABORT && this.#state !== 'after WELCOME') {
      this.#state = 'after the end'
      return { kind: 'refused', abort: message }
    }
    if (this.#state !== 'before WELCOME') throw this.#violation(message)
    if (message.type === CHALLENGE) {
      this.#state = 'while a CHALLENGE is open'
      return { kind: 'challenge', authmethod: message.authmethod, extra: message.extra }
    }
    if (message.type !== WELCOME) throw this.#violation(message)
    if (!hasRouterRole(message.details['roles'])) throw this.#ended('WELCOME announces neither the role broker nor the role dealer')
    this.#state = 'after WELCOME'
    return { kind: 'welcome', session: message.session, details: message.details }
  }

  /** The answer to the challenge received last. */
  authenticate(signature: string, extra: Dict = EMPTY_DICT): AuthenticateMessage {
    if (this.#state !== 'while a CHALLENGE is open') throw new UsageError('there is no CHALLENGE to answer')
    this.#state = 'before WELCOME'
    return { type: AUTHENTICATE, signature, extra }
  }

  /** Ends the handshake: before WELCOME a client leaves by ABORT, not by GOODBYE. */
  abort(reason: string, message: string): AbortMessage {
    this.#state = 'after the end'
    return { type: ABORT, details: { message }, reason, payload: undefined }
  }

  #violation(message: Message): ProtocolError {
    return this.#ended(`${nameOf(message.type)} came ${this.#state}`)
  }

  #ended(text: string): ProtocolError {
    this.#state = 'after the end'
    return new ProtocolError(text)
  }
}

/** Whether WELCOME announces a router role. The codec has checked that `roles`, if present, is a dict. */
function hasRouterRole(roles: unknown): boolean {
  const { broker, dealer } = (roles ?? {}) as Dict
  return [broker, dealer].some((role) => typeof role === 'object' && role !== null)
}
