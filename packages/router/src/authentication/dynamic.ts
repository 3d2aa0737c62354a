// Dynamic authenticators: a procedure of the application identifies a client, or names the credentials that it has to prove.
// The router then checks the login as if the answer were in the configuration.

import type { AuthenticationNext, AuthenticationStep, Dict } from '@trunkline/protocol'
import { uris, UsageError } from '@trunkline/protocol'
import type { CallOutcome, Clock, Log, ProcedureCaller, TransportInfo } from '../core/ports/index.ts'
import { withoutCookies } from './cookie-header.ts'
import { CryptosignMethod } from './cryptosign.ts'
import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import type { Begun, Login, Method } from './method.ts'
import { admit, DENIED, FAILED } from './method.ts'
import type { UserOptions } from './options.ts'
import type { Questions } from './questions.ts'
import { ScramMethod } from './scram.ts'
import { isSame } from './secrets.ts'
import { isPrivate } from './ticket.ts'
import { CraMethod } from './wampcra.ts'

/** What a dynamic authenticator needs from its realm. */
export interface DynamicParts {
  readonly procedure: string
  readonly deadlineMs: number
  readonly caller: ProcedureCaller
  readonly questions: Questions
  readonly clock: Clock
  readonly log: Log
  readonly realm: string
  /** The realms that it may assign, besides the one that the client asks for. */
  readonly assigns: readonly string[]
  readonly routerKey: string | undefined
  readonly isPlainAllowed: boolean
  /** The names of cookies that the router issues; their values are kept from procedures, because they are enough to log in. */
  readonly secretCookies: () => readonly string[]
}

const DEFAULT_PROVIDER = 'dynamic'
const MOST_MODELS = 16
/** Methods in which the client sends a secret, about which the procedure is asked. */
const SHOWN = ['ticket', 'jwt']

export class DynamicMethod implements Method {
  readonly name: string
  readonly #parts: DynamicParts
  /** Some users that the procedure knew, the last of each look: the models for names that it does not know. */
  readonly #models = new Map<string, User>()

  constructor(name: string, parts: DynamicParts) {
    this.name = name
    this.#parts = parts
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    if (SHOWN.includes(this.name)) {
      if (!this.#parts.isPlainAllowed && !isPrivate(login.info)) return 'unable'
      next({
        challenge: this.name,
        extra: {},
        answer: (ticket, _extra, then) =>
          this.ask(login, { ticket }, then, (user, { ticket: expected }) => {
            const isRight = typeof expected !== 'string' || isSame(ticket, expected)
            then(isRight ? admit(login, user, this.name) : DENIED)
          }),
      })
    } else if (needsName(this.name) && login.request.authid === undefined) {
      return 'unable'
    } else {
      this.ask(login, {}, next, (user) => this.#goOn(login, user, next))
    }
    return 'begun'
  }

  /** Asks the procedure; `known` gets the user that it names, and the whole answer. */
  ask(login: Login, more: Dict, next: AuthenticationNext, known: (user: User, fields: Dict) => void): void {
    const { procedure, deadlineMs, caller, questions, realm } = this.#parts
    const { authid, authextra, authrole } = login.request
    const details = {
      session: login.session,
      authmethod: this.name,
      authrole,
      authextra,
      ...more,
      transport: transportOf(login.info, this.#parts.secretCookies()),
    }
    const call = { caller, procedure, args: [realm, authid ?? null, withoutAbsent(details)], deadlineMs }
    const abandon = questions.ask(call, askerOf(login), (outcome) => {
      const answer = this.#read(login, outcome)
      if ('user' in answer) known(answer.user, answer.fields)
      else if (answer !== DENIED || !this.#pretend(login, next)) next(answer)
    })
    next({ abandon })
  }

  #goOn(login: Login, user: User, next: AuthenticationNext): void {
    const method = this.#methodFor([user])
    if (method === undefined) return next(admit(login, user, this.name))
    const principal = { authid: login.request.authid ?? user.authid, user, isMadeUp: false, salt: () => '' }
    if (method.begin({ ...login, principal, named: () => principal }, next) !== 'begun') return next(DENIED)
    this.#learn(user)
  }

  #learn(user: User): void {
    const { look } = user.credentials
    if (this.#models.has(look) || this.#models.size < MOST_MODELS) this.#models.set(look, user)
  }

  /** Challenges a name that the procedure does not know like other names, once a model is known. */
  #pretend(login: Login, next: AuthenticationNext): boolean {
    const { authid } = login.request
    const principal = authid === undefined ? undefined : login.madeUp(authid, [...this.#models.values()])
    const method = principal && this.#methodFor([principal.user])
    return (
      method !== undefined && principal !== undefined && method.begin({ ...login, principal, named: () => principal }, next) === 'begun'
    )
  }

  /** The method that challenges these users; undefined where the procedure's answer is enough. */
  #methodFor(users: readonly User[]): Method | undefined {
    switch (this.name) {
      case 'wampcra':
        return new CraMethod(users, this.#parts.clock)
      case 'wamp-scram':
        return new ScramMethod(users, 'specified')
      case 'scram':
        return new ScramMethod(users, 'autobahn')
      case 'cryptosign':
        return new CryptosignMethod(users, this.#parts.routerKey)
      default:
        return undefined
    }
  }

  #read(login: Login, outcome: CallOutcome | undefined): AuthenticationStep | { readonly user: User; readonly fields: Dict } {
    if (outcome === undefined) return this.#failed(`no answer within ${this.#parts.deadlineMs} ms`)
    if ('error' in outcome) return isRefusal(outcome.error) ? DENIED : this.#failed(outcome.error)
    const [answer] = outcome.args
    if (answer === false || answer === null || answer === undefined) return DENIED
    const fields: Dict = typeof answer === 'string' ? { role: answer } : isDict(answer) ? answer : {}
    const { role, authid = login.request.authid ?? `${this.name}-${login.session}`, realm = login.request.realm } = withoutAbsent(fields)
    if (typeof role !== 'string' || typeof authid !== 'string') return this.#failed('the answer is neither a role nor a dict with a role')
    if (typeof realm !== 'string' || !(realm === login.request.realm || this.#parts.assigns.includes(realm))) {
      return this.#failed('the answer assigns a realm that is not in assigns')
    }
    try {
      return { user: userOf(authid, DEFAULT_PROVIDER, { ...optionsOf(this.name, role, fields, login), realm }), fields }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      return this.#failed(error.message)
    }
  }

  #failed(error: string): AuthenticationStep {
    const { log, realm, procedure } = this.#parts
    log.warn('authenticator failed', { area: 'logins', realm, procedure, method: this.name, error })
    return FAILED
  }
}

/** The address whose turn a question takes: clients of a Unix socket share one. None for a program around the router. */
function askerOf({ info }: Login): string | undefined {
  return info.kind === 'local' ? undefined : (info.address ?? info.peer)
}

/** Whether an error is a refusal, and not a failure of the procedure: an error of the application's own, or a `wamp.` one for refusals. */
function isRefusal(error: string): boolean {
  return (
    !error.startsWith('wamp.') || error === uris.AUTHENTICATION_DENIED || error === uris.NO_SUCH_PRINCIPAL || error === uris.NOT_AUTHORIZED
  )
}

function needsName(method: string): boolean {
  return method === 'wampcra' || method === 'wamp-scram' || method === 'scram'
}

/** The procedure's answer in the form of the configuration. */
function optionsOf(method: string, role: string, fields: Dict, { request }: Login): UserOptions {
  const common = isDict(fields['extra']) ? { role, extra: fields['extra'] } : { role }
  const text = (name: string): string => textOf(fields[name])
  const count = (name: string, absent: number): number => numberOf(fields[name] ?? absent)
  switch (method) {
    case 'wampcra':
      if (typeof fields['salt'] !== 'string') return { ...common, wampcra: { secret: text('secret') } }
      return {
        ...common,
        wampcra: { key: text('secret'), salt: fields['salt'], iterations: count('iterations', 1000), keylen: count('keylen', 32) },
      }
    case 'wamp-scram':
    case 'scram': {
      const kdf = text('kdf').startsWith('argon2') ? 'argon2id13' : 'pbkdf2'
      const memory = kdf === 'argon2id13' ? count('memory', 0) : undefined
      const keys = { storedKey: text('stored-key'), serverKey: text('server-key') }
      const dialect = method === 'scram' ? 'autobahn' : 'specified'
      return { ...common, scram: { kdf, salt: text('salt'), iterations: count('iterations', 0), memory, dialect, ...keys } }
    }
    case 'cryptosign': {
      // A key that the answer names and that is null, as of a user without one, is a mistake: it never accepts the client's key.
      const isNamed = Object.hasOwn(fields, 'pubkey') || Object.hasOwn(fields, 'authorized_keys')
      const keys: unknown = isNamed ? (fields['pubkey'] ?? fields['authorized_keys']) : request.authextra['pubkey']
      return { ...common, cryptosign: { publicKeys: [keys].flat().map(textOf) } }
    }
    case 'ticket':
    case 'jwt':
      // The same for a ticket. Only an answer without one says that the procedure has accepted the client's ticket.
      if (Object.hasOwn(fields, 'ticket') && text('ticket') === '') throw new UsageError('ticket is empty or not a string', 'TL_REALM')
      return common
    default:
      return common
  }
}

/** Not `String` or `Number`: of a dict with a key `toString`, which a client too may send, they make an error. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value)
}

/** What the transport knows about the client. */
function transportOf({ kind, peer, isSecure, origin, userAgent, cookie, tls }: TransportInfo, secretCookies: readonly string[]): Dict {
  const certificate = tls?.clientCertificate
  const auth = withoutAbsent({
    cookie: withoutCookies(cookie, secretCookies),
    certificate: certificate === undefined ? undefined : withoutAbsent({ ...certificate }),
  })
  return withoutAbsent({ type: kind, peer, secure: isSecure, origin, user_agent: userAgent, auth })
}

function withoutAbsent(dict: Dict): Dict {
  return Object.fromEntries(Object.entries(dict).filter(([, value]) => value !== undefined && value !== null))
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
