// Method `ticket`: the client shows a secret text (specification: "Ticket-based Authentication"). Keeps only digests.

import { timingSafeEqual } from 'node:crypto'
import type { AuthenticationNext } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { TransportInfo } from '../core/ports.ts'
import type { Begun, Login, Method, User } from './method.ts'
import { admit, DENIED } from './method.ts'
import { octetsOf, sha256 } from './secrets.ts'

const NOBODYS = sha256('')

/** Judges tokens that are shown as a ticket. */
export interface TokenJudge {
  isToken(text: string): boolean
  admit(token: string, login: Login, authmethod: string, next: AuthenticationNext): void
}

export class TicketMethod implements Method {
  readonly name = 'ticket'
  readonly users: readonly User[]
  readonly #digests: ReadonlyMap<User, Buffer>
  readonly #isPlainAllowed: boolean
  readonly #tokens: TokenJudge | undefined

  /**
   * @param isPlainAllowed whether tickets may cross a network as they are
   * @param tokens where tokens are taken, too
   */
  constructor(users: readonly User[], isPlainAllowed: boolean, tokens: TokenJudge | undefined) {
    this.#digests = new Map(
      users.flatMap((user) => (user.options.ticket === undefined ? [] : [[user, digestOf(user.authid, user.options.ticket)]])),
    )
    this.users = [...this.#digests.keys()]
    this.#isPlainAllowed = isPlainAllowed
    this.#tokens = tokens
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const digest = login.principal === undefined ? undefined : this.#digests.get(login.principal.user)
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

/** Whether nobody between both ends can read along. */
export function isPrivate({ kind, peer, isSecure }: TransportInfo): boolean {
  return (
    isSecure || kind === 'local' || !/:\d+$/.test(peer) || /^(?:127\.\d+\.\d+\.\d+|\[(?:::1|::ffff:127\.\d+\.\d+\.\d+)\]):\d+$/.test(peer)
  )
}

function digestOf(authid: string, ticket: string | { readonly sha256: string }): Buffer {
  if (typeof ticket === 'string') {
    if (ticket === '') throw new UsageError(`user '${authid}': the ticket is empty`, 'TL_REALM')
    return sha256(ticket)
  }
  const digest = octetsOf(ticket.sha256, 32)
  if (digest === undefined) throw new UsageError(`user '${authid}': ticket.sha256 is not 64 hex digits`, 'TL_REALM')
  return digest
}
