// The router's side of opening a session: it reads HELLO and makes the answers. It has no I/O.

import type { AnnouncedRoles } from './features.ts'
import { readRoles } from './features.ts'
import { INVALID_URI } from './error-uris.ts'
import { ProtocolError } from './errors.ts'
import { isId } from './ids.ts'
import type { Lasting } from './lasting.ts'
import type { AbortMessage, Dict, HelloMessage, Message } from './messages.ts'
import { ABORT, AUTHENTICATE, CHALLENGE, HELLO, WELCOME } from './messages.ts'
import { nameOf } from './session-rules.ts'
import { LIMITS, REPLACES } from './own-names.ts'
import { isUri } from './uri.ts'

/** The request of a client. Its authid, authrole and authextra are wishes: the login decides them. */
export interface JoinRequest {
  readonly realm: string
  readonly roles: AnnouncedRoles
  /** In the client's order; `anonymous` alone when the client named none. */
  readonly authmethods: readonly string[]
  readonly authid: string | undefined
  readonly authrole: string | undefined
  readonly authextra: Dict
  readonly agent: string | undefined
  /** The session that this one replaces, as the client claims. */
  readonly replaces: number | undefined
}

/** The identity of a session, as the router decided it. */
export interface Identity {
  /** The realm whose login admitted the session, where it is not the realm that the session joins. */
  readonly loginRealm?: string
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly authprovider: string
  readonly authextra?: Dict
}

/** The terms on which a client is admitted, besides its identity. */
export interface Admission {
  /** The session id that a challenge has already sent to the client. */
  readonly session?: number | undefined
  /** When the session ends, in milliseconds since 1970, unless its token is renewed. */
  readonly expires?: number | undefined
  /** The realm that it joins, where it is not the realm that it asked for. */
  readonly realm?: string | undefined
}

/**
 * The answer of an authenticator to a request, or to the client's answer to its challenge.
 * `deny` carries the reason URI of the ABORT and a text that gives an attacker no information.
 */
export type AuthenticationStep =
  | ({ readonly accept: Identity } & Admission)
  | { readonly deny: string; readonly message: string; readonly details?: Dict | undefined }
  | {
      readonly challenge: string
      readonly extra: Dict
      readonly answer: (signature: string, extra: Dict, next: AuthenticationNext) => void
    }
  /** The next step will come later. `abandon` is called when the handshake is stopped before it; then no step has to follow. */
  | { readonly abandon: () => void }

/** Takes the next step exactly once, in this turn or a later one. Before that, a step with `abandon` may announce a delay. */
export type AuthenticationNext = (step: AuthenticationStep) => void

type Outcome =
  | { readonly send: Message }
  | { readonly join: JoinRequest; readonly identity: Identity; readonly admission: Admission }
  /** The router refuses the session: the ABORT is the last message. */
  | { readonly refuse: AbortMessage }

/**
 * HELLO … WELCOME. The owner passes each message to `receive`. `onOutcome` reports to the owner a message to send, a client to
 * admit, or a refusal.
 */
export class RouterHandshake {
  readonly #authenticate: (request: JoinRequest, next: AuthenticationNext) => void
  readonly #onOutcome: (outcome: Outcome) => void
  readonly #defaultRealm: string | undefined
  #request: JoinRequest | undefined
  #answer: ((signature: string, extra: Dict, next: AuthenticationNext) => void) | undefined
  #challenged: string | undefined
  #isOver = false
  #abandon: (() => void) | undefined

  /** @param defaultRealm the realm for a client that names none; without it the router refuses such a client */
  constructor(
    authenticate: (request: JoinRequest, next: AuthenticationNext) => void,
    onOutcome: (outcome: Outcome) => void,
    defaultRealm?: string,
  ) {
    this.#authenticate = authenticate
    this.#onOutcome = onOutcome
    this.#defaultRealm = defaultRealm
  }

  /** The request of the HELLO; undefined before it. */
  get request(): JoinRequest | undefined {
    return this.#request
  }

  /** The method of the last CHALLENGE; undefined before the first. */
  get challenged(): string | undefined {
    return this.#challenged
  }

  /** Whether a HELLO has arrived: from then on the time limit for the login holds, no longer that for the HELLO. */
  get isLoggingIn(): boolean {
    return this.#request !== undefined
  }

  /**
   * Takes one message. The owner handles ABORT.
   * @throws {ProtocolError} when the message may not arrive in this phase
   */
  receive(message: Message): void {
    if (message.type === HELLO && this.#request === undefined) {
      this.#request = readHello(message, this.#defaultRealm)
      this.#authenticate(this.#request, this.#next)
    } else if (message.type === AUTHENTICATE && this.#answer !== undefined) {
      const answer = this.#answer
      this.#answer = undefined
      answer(message.signature, message.extra, this.#next)
    } else {
      throw new ProtocolError(`${nameOf(message.type)} may not arrive ${this.#request === undefined ? 'before HELLO' : 'during the login'}`)
    }
  }

  /** Ends the handshake, for example because the client has left. A later step has no effect. */
  stop(): void {
    if (!this.#isOver) this.#abandon?.()
    this.#isOver = true
  }

  readonly #next = (step: AuthenticationStep): void => {
    if (this.#isOver || this.#request === undefined) return
    this.#abandon = 'abandon' in step ? step.abandon : undefined
    if ('abandon' in step) return
    if ('challenge' in step) {
      this.#answer = step.answer
      this.#challenged = step.challenge
      this.#onOutcome({ send: { type: CHALLENGE, authmethod: step.challenge, extra: step.extra } })
      return
    }
    this.#isOver = true
    if ('accept' in step) this.#onOutcome({ join: this.#request, identity: step.accept, admission: step })
    else this.#onOutcome({ refuse: abort(step.deny, step.message, step.details) })
  }
}

/** An ABORT with a text for people. */
export function abort(reason: string, message: string, details?: Dict): AbortMessage {
  return { type: ABORT, details: { ...details, message }, reason, payload: undefined }
}

/** What a WELCOME announces of the router. */
export interface RouterFacts {
  readonly roles: Dict | Lasting
  readonly agent: string
  /** The longest message that the router accepts on this connection, in octets; undefined: no limit. */
  readonly longestMessage?: number | undefined
}

/** The WELCOME for an admitted session. */
export function welcome(session: number, realm: string, identity: Identity, { roles, agent, longestMessage }: RouterFacts): Message {
  const { authid, authrole, authmethod, authprovider, authextra } = identity
  const limits = longestMessage === undefined ? {} : { [LIMITS]: { message: longestMessage } }
  const details = { roles, agent, realm, authid, authrole, authmethod, authprovider, ...limits }
  return { type: WELCOME, session, details: authextra === undefined ? details : { ...details, authextra } }
}

function readHello(hello: HelloMessage, defaultRealm: string | undefined): JoinRequest {
  const realm = hello.realm ?? defaultRealm
  if (realm === undefined) throw new ProtocolError('HELLO names no realm, and this listener has no default realm')
  if (!isUri(realm)) throw new ProtocolError('the realm is not a valid URI', INVALID_URI)
  const { details } = hello
  const roles = readRoles(details['roles'])
  if (roles === undefined) throw new ProtocolError('HELLO announces none of the roles publisher, subscriber, caller, callee')
  const methods = (details['authmethods'] as readonly string[] | undefined) ?? []
  return {
    realm,
    roles,
    authmethods: methods.length === 0 ? ['anonymous'] : methods,
    authid: details['authid'] as string | undefined,
    authrole: details['authrole'] as string | undefined,
    authextra: (details['authextra'] as Dict | undefined) ?? {},
    agent: details['agent'] as string | undefined,
    replaces: isId(details[REPLACES]) ? details[REPLACES] : undefined,
  }
}
