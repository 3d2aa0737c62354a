// HELLO .. WELCOME on a transport that is there, authentication included. Keeps no time: the caller gives it up by a signal.

import type { AbortMessage, ClientHandshakeStep, Dict, GoodbyeMessage, Message } from '@trunkline/protocol'
import { ABORT, ClientHandshake, AUTHENTICATION_FAILED, CLOSE_REALM, GOODBYE, ProtocolError } from '@trunkline/protocol'
import type { Challenge, ChallengeAnswer, LoginAttempt } from './login.ts'
import type { SessionOptions } from './session.ts'
import { lossInfo, Session } from './session.ts'
import type { ClientTransport, TransportCloseInfo, TransportOwner } from './transports/transport.ts'
import { ConnectError } from './transports/transport.ts'

export interface OpeningOptions extends SessionOptions {
  readonly realm: string
  /** The Details of HELLO. */
  readonly details: Dict
  /** The logins by method. */
  readonly attempts: ReadonlyMap<string, LoginAttempt>
  readonly onChallenge?: ((challenge: Challenge) => ChallengeAnswer | Promise<ChallengeAnswer>) | undefined
  readonly signal: AbortSignal
}

/**
 * Opens a session. In every other outcome the transport is closed.
 * @throws {ConnectError} when the router refuses or breaks the protocol, or the connection is lost
 */
export function openSession(transport: ClientTransport, options: OpeningOptions): Promise<Session> {
  return new Promise((resolve, reject) => new Opening(transport, options, resolve, reject).start())
}

type WelcomeStep = Extract<ClientHandshakeStep, { kind: 'welcome' }>

class Opening implements TransportOwner {
  readonly #transport: ClientTransport
  readonly #options: OpeningOptions
  readonly #handshake: ClientHandshake
  readonly #resolve: (session: Session) => void
  readonly #reject: (error: unknown) => void
  #isChecking = false
  /** The method that answered last. */
  #last: LoginAttempt | undefined
  #isOver = false

  constructor(transport: ClientTransport, options: OpeningOptions, resolve: (session: Session) => void, reject: (error: unknown) => void) {
    this.#transport = transport
    this.#options = options
    this.#handshake = new ClientHandshake(options.realm, options.details)
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { signal } = this.#options
    signal.addEventListener('abort', this.#abandon, { once: true })
    this.#transport.attach(this)
    try {
      this.#transport.send(this.#handshake.hello())
    } catch (error) {
      this.#transport.close()
      this.#fail(error)
    }
  }

  onMessage(message: Message): void {
    if (this.#isOver) return
    if (this.#isChecking && (message.type === GOODBYE || message.type === ABORT)) return this.#refused(message)
    let step: ClientHandshakeStep
    try {
      step = this.#handshake.receive(message)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.onProtocolError(error)
    }
    this.#take(step)
  }

  onProtocolError(error: ProtocolError): void {
    this.#giveUp(error.uri, error.message, new ConnectError('TL_CONNECT_PROTOCOL', error.message, { reason: error.uri, cause: error }))
  }

  onClose(info: TransportCloseInfo): void {
    const { reason, message, by } = lossInfo(info)
    const code = by === 'router' ? 'TL_CONNECT_PROTOCOL' : 'TL_CONNECT_FAILED'
    const text = `the connection closed before the session was open${message === undefined ? '' : ` (${message})`}`
    this.#fail(new ConnectError(code, text, { reason, cause: info.error }))
  }

  #take(step: ClientHandshakeStep): void {
    switch (step.kind) {
      case 'challenge':
        void this.#answer({ method: step.authmethod, extra: step.extra })
        return
      case 'welcome':
        return this.#welcome(step)
      case 'refused':
        return this.#refused(step.abort)
    }
  }

  #refused({ reason, details }: AbortMessage | GoodbyeMessage): void {
    const text = typeof details['message'] === 'string' ? `: ${details['message']}` : ''
    const { realm } = this.#options
    this.#transport.close()
    this.#fail(new ConnectError('TL_CONNECT_REFUSED', `the router refused realm ${realm} with ${reason}${text}`, { reason, details }))
  }

  /** Never rejects. */
  async #answer(challenge: Challenge): Promise<void> {
    try {
      const { attempts, onChallenge } = this.#options
      this.#last = attempts.get(challenge.method)
      const ask = this.#last?.answer ?? onChallenge
      if (ask === undefined) throw new Error('there is no onChallenge')
      const answer = await ask(challenge)
      if (this.#isOver) return
      const { signature, extra } = typeof answer === 'string' ? { signature: answer, extra: undefined } : answer
      this.#transport.send(this.#handshake.authenticate(signature, extra))
    } catch (cause) {
      const text = `cannot answer a CHALLENGE by ${challenge.method}`
      const reason = AUTHENTICATION_FAILED
      // What was thrown may hold a secret: the router gets the short text alone.
      this.#giveUp(reason, text, new ConnectError('TL_CONNECT_CHALLENGE', `${text}: ${String(cause)}`, { reason, cause }))
    }
  }

  /** Where every method has the router prove itself, it does so even if it asked for nothing. */
  #welcome(step: WelcomeStep): void {
    const checks = (this.#last === undefined ? [...this.#options.attempts.values()] : [this.#last]).map(({ check }) => check)
    const [first] = checks
    if (first === undefined || checks.includes(undefined)) return this.#open(step)
    this.#isChecking = true
    void this.#check(first, step)
  }

  /** The router must prove itself before anybody sees the session. Never rejects. */
  async #check(check: (details: Dict) => Promise<void>, step: WelcomeStep): Promise<void> {
    try {
      await check(step.details)
    } catch (cause) {
      const text = 'the router did not prove that it knows this client'
      const reason = AUTHENTICATION_FAILED
      return this.#giveUp(reason, text, new ConnectError('TL_CONNECT_CHALLENGE', `${text}: ${String(cause)}`, { reason, cause }))
    }
    if (!this.#isOver) this.#open(step)
  }

  #open({ session, details }: WelcomeStep): void {
    this.#end()
    this.#resolve(new Session(this.#transport, { id: session, realm: this.#options.realm, details }, this.#options))
  }

  readonly #abandon = (): void => {
    this.#giveUp(CLOSE_REALM, 'the client gave up', this.#options.signal.reason)
  }

  /** A client that gives up before WELCOME says so by ABORT. */
  #giveUp(reason: string, message: string, error: unknown): void {
    if (this.#isOver) return
    this.#transport.send(this.#handshake.abort(reason, message))
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
