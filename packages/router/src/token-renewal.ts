// The procedure with which a session renews its token in its realm.

import type { Identity } from '@trunkline/protocol'
import { ApplicationError, RENEW_TOKEN, uris } from '@trunkline/protocol'
import type { TokenClaims } from './authentication/jwt.ts'
import type { OwnProcedure, OwnResult, Realm } from './core/index.ts'
import { Later } from './core/index.ts'
import type { Log } from './core/ports/index.ts'
import type { RealmEntry } from './realm-entry.ts'

export class TokenRenewal {
  readonly #entryOf: (realm: string) => RealmEntry | undefined
  readonly #log: Log
  readonly #offered = new WeakSet<Realm>()

  constructor(entryOf: (realm: string) => RealmEntry | undefined, log: Log) {
    this.#entryOf = entryOf
    this.#log = log
  }

  /** Renews tokens in a realm, also under later options. To be called when the realm takes tokens; offers the procedure once. */
  offerIn(realm: Realm): void {
    if (this.#offered.has(realm)) return
    this.#offered.add(realm)
    const renew: OwnProcedure = ([token], _kwargs, caller) => {
      if (typeof token !== 'string') throw new ApplicationError(uris.INVALID_ARGUMENT, ['expected a token'])
      return new Later((finish) => void this.#renew(realm, caller, token).then(finish))
    }
    realm.offer(new Map([[RENEW_TOKEN, renew]]))
  }

  /** Renews a session's token; resolves to a function that makes the answer; never rejects. */
  async #renew(realm: Realm, caller: number, token: string): Promise<() => OwnResult> {
    try {
      const claims = await this.#entryOf(realm.name)?.authenticator.readToken(token)
      const session = realm.sessions.get(caller)
      if (session === undefined || claims === undefined || !isOf(session.identity, claims)) return refuse(TOKEN_REFUSED)
      session.link.expireAt?.(claims.expires)
      return () => [claims.expires]
    } catch (error) {
      this.#log.warn('authenticator failed', { area: 'logins', realm: realm.name, method: 'jwt', error: String(error) })
      return refuse(TOKEN_NOT_JUDGED)
    }
  }
}

/** Whether a token has the session's own identity: it renews the session, and changes nothing else. */
function isOf({ authid, authrole, authprovider }: Identity, claims: TokenClaims): boolean {
  return authprovider === 'jwt' && authid === claims.authid && authrole === claims.authrole
}

function refuse(error: ApplicationError): () => never {
  return () => {
    throw error
  }
}

const TOKEN_REFUSED = new ApplicationError(uris.AUTHENTICATION_DENIED, ['the token is not valid for this session'])
const TOKEN_NOT_JUDGED = new ApplicationError(uris.AUTHENTICATION_FAILED, ['the token could not be checked'])
