// Method `ticket`: the client sends a secret text (specification: "Ticket-based Authentication"). Keeps only digests.

import { timingSafeEqual } from 'node:crypto'
import type { AuthenticationNext } from '@trunkline/protocol'
import type { TransportInfo } from '../core/ports/index.ts'
import type { User } from './credentials.ts'
import type { Begun, Login, Method } from './method.ts'
import { admit, DENIED } from './method.ts'
import { sha256 } from './secrets.ts'

const NOBODYS = sha256('')

/** Checks tokens that are sent as a ticket. */
export interface TokenJudge {
  isToken(text: string): boolean
  admit(token: string, login: Login, authmethod: string, next: AuthenticationNext): void
}

export class TicketMethod implements Method {
  readonly name = 'ticket'
  readonly users: readonly User[]
  readonly #isPlainAllowed: boolean
  readonly #tokens: TokenJudge | undefined

  /**
   * @param isPlainAllowed whether tickets may cross a network without encryption
   * @param tokens present where tokens are accepted too
   */
  constructor(users: readonly User[], isPlainAllowed: boolean, tokens: TokenJudge | undefined) {
    this.users = users.filter(({ credentials }) => credentials.ticket !== undefined)
    this.#isPlainAllowed = isPlainAllowed
    this.#tokens = tokens
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const digest = login.principal?.user.credentials.ticket
    if (digest === undefined && this.#tokens === undefined) return 'unable'
    if (!this.#isPlainAllowed && !isPrivate(login.info)) return 'unable'
    next({ challenge: 'ticket', extra: {}, answer: (ticket, _extra, then) => this.#judge(ticket, digest, login, then) })
    return 'begun'
  }

  #judge(ticket: string, digest: Buffer | undefined, login: Login, next: AuthenticationNext): void {
    if (this.#tokens?.isToken(ticket) === true) return this.#tokens.admit(ticket, login, 'ticket', next)
    const { principal } = login
    const isRight = timingSafeEqual(sha256(ticket), digest ?? NOBODYS)
    const isWelcome = isRight && digest !== undefined && principal !== undefined && !principal.isMadeUp
    next(isWelcome ? admit(login, principal.user, 'ticket') : DENIED)
  }
}

/** Whether the connection cannot be read in transit: from the client, where a trusted proxy names it, and to the router. */
export function isPrivate({ kind, peer, address, isSecure }: TransportInfo): boolean {
  if (isSecure || kind === 'local') return true
  const isOnMachine = !/:\d+$/.test(peer) || LOOPBACK.test(peer.replace(/:\d+$/, '').replaceAll(/[[\]]/g, ''))
  return isOnMachine && (address === undefined || LOOPBACK.test(address))
}

const LOOPBACK = /^(?:(?:::ffff:)?127\.\d+\.\d+\.\d+|::1)$/
