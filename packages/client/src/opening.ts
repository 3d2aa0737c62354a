// HELLO .. WELCOME on an open transport, authentication included. The caller abandons it by a signal, for example after a time limit.

import type { Dict, Message, OpeningMessage } from '@trunkline/protocol'
import * as p from '@trunkline/protocol'
import { textOf } from './error-text.ts'
import type { SessionOptions, WithCalls } from './session.ts'
import { closeInfo, lossInfo } from './close-info.ts'
import { Session } from './session.ts'
import type { ClientTransport, TransportCloseInfo, TransportOwner } from './transports/transport.ts'
import { ConnectError } from './transports/transport.ts'

/** Each may cost the client what deriving a key does. No method has more than one round of its own. */
const MOST_CHALLENGES = 10

/** A CHALLENGE of the router. */
export interface Challenge {
  /** The authentication method that the router chose. */
  readonly method: string
  readonly extra: Dict
}

/** The answer to a challenge: the signature, with the Extra of AUTHENTICATE if there is one. */
export type ChallengeAnswer = string | { readonly signature: string; readonly extra?: Dict }

export interface OpeningOptions extends Omit<SessionOptions, 'calls'>, WithCalls {
  /** Null: the router assigns one. */
  readonly realm: string | null
  /** The Details of HELLO. */
  readonly details: Dict
  readonly onChallenge?: ((challenge: Challenge) => ChallengeAnswer | Promise<ChallengeAnswer>) | undefined
  readonly signal: AbortSignal
}

/**
 * Opens a session. In every other outcome the transport is closed.
 * @throws {ConnectError} when the router refuses or breaks the protocol, or the connection is lost
 */
export function enterRealm(transport: ClientTransport, options: OpeningOptions): Promise<Session> {
  return new Promise((resolve, reject) => new Opening(transport, options, resolve, reject).start())
}

class Opening implements TransportOwner {
  readonly #transport: ClientTransport
  readonly #options: OpeningOptions
  readonly #resolve: (session: Session) => void
  readonly #reject: (error: unknown) => void
  #challenges = 0
  /** Whether a CHALLENGE waits for its answer. */
  #isChallenged = false
  #isOver = false

  constructor(transport: ClientTransport, options: OpeningOptions, resolve: (session: Session) => void, reject: (error: unknown) => void) {
    this.#transport = transport
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { realm, details, signal } = this.#options
    signal.addEventListener('abort', this.#abandon, { once: true })
    this.#transport.attach(this)
    try {
      this.#transport.send({ type: p.HELLO, realm, details })
    } catch (error) {
      this.#transport.close()
      this.#fail(error)
    }
  }

  onMessage(message: Message): void {
    if (this.#isOver) return
    try {
      p.checkOpening(message, this.#isChallenged)
    } catch (error) {
      if (!(error instanceof p.ProtocolError)) throw error
      return this.onProtocolError(error)
    }
    this.#take(message)
  }

  onProtocolError(error: p.ProtocolError): void {
    this.#giveUp(error.uri, error.message, new ConnectError('TL_CONNECT_PROTOCOL', error.message, { reason: error.uri, cause: error }))
  }

  onClose(info: TransportCloseInfo): void {
    const { reason, message, by } = lossInfo(info)
    const code = by === 'router' ? 'TL_CONNECT_PROTOCOL' : 'TL_CONNECT_FAILED'
    const text = `the connection closed before the session was open${message === undefined ? '' : ` (${message})`}`
    this.#fail(new ConnectError(code, text, { reason, cause: info.error }))
  }

  #take(message: OpeningMessage): void {
    const { realm } = this.#options
    switch (message.type) {
      case p.CHALLENGE:
        if (++this.#challenges > MOST_CHALLENGES)
          return this.onProtocolError(new p.ProtocolError(`more than ${MOST_CHALLENGES} CHALLENGEs came`))
        this.#isChallenged = true
        void this.#answer({ method: message.authmethod, extra: message.extra })
        return
      case p.WELCOME:
        this.#end()
        // Trunkline routers announce how long a message may be.
        this.#transport.limit?.((message.details[p.LIMITS] as { message?: number } | undefined)?.message ?? Infinity)
        return this.#resolve(
          // The codec has checked that the realm is a string. A login may assign another realm than the one asked for, or one
          // when none was.
          new Session(
            this.#transport,
            { id: message.session, realm: (message.details['realm'] as string | undefined) ?? realm ?? '', details: message.details },
            this.#options,
          ),
        )
      case p.ABORT: {
        const info = closeInfo(message, 'router', false)
        const text = info.message === undefined ? '' : `: ${info.message}`
        this.#transport.close()
        this.#fail(
          new ConnectError(
            'TL_CONNECT_REFUSED',
            `the router refused ${realm === null ? 'to assign a realm' : `realm ${realm}`} with ${info.reason}${text}`,
            info,
          ),
        )
      }
    }
  }

  /** Never rejects. */
  async #answer(challenge: Challenge): Promise<void> {
    try {
      const { onChallenge } = this.#options
      if (onChallenge === undefined) throw new Error('there is no onChallenge')
      const answer = await onChallenge(challenge)
      if (this.#isOver) return
      const { signature, extra } = typeof answer === 'string' ? { signature: answer, extra: undefined } : answer
      this.#isChallenged = false
      this.#transport.send({ type: p.AUTHENTICATE, signature, extra: extra ?? p.EMPTY_DICT })
    } catch (cause) {
      const text = `cannot answer a CHALLENGE by ${challenge.method}`
      const reason = p.AUTHENTICATION_FAILED
      // The exception may hold a secret, so the router gets only the short text.
      this.#giveUp(reason, text, new ConnectError('TL_CONNECT_CHALLENGE', `${text}: ${textOf(cause)}`, { reason, cause }))
    }
  }

  readonly #abandon = (): void => {
    this.#giveUp(p.CLOSE_REALM, 'the client gave up', this.#options.signal.reason)
  }

  /** A client that leaves before WELCOME sends ABORT. */
  #giveUp(reason: string, message: string, error: unknown): void {
    if (this.#isOver) return
    this.#transport.send({ type: p.ABORT, details: { message }, reason, payload: undefined })
    this.#transport.close()
    this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#end()
    this.#reject(error)
  }

  #end(): void {
    this.#isOver = true
    this.#options.signal.removeEventListener('abort', this.#abandon)
  }
}
