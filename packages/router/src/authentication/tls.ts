// Method `tls`: the client's TLS certificate names the user.

import type { AuthenticationNext } from '@trunkline/protocol'
import type { ClientCertificate } from '../core/ports/index.ts'
import type { User } from './credentials.ts'
import type { Begun, Login, Method } from './method.ts'
import { admit } from './method.ts'

export class TlsMethod implements Method {
  readonly name = 'tls'
  readonly #byDigest = new Map<string, User[]>()
  readonly #bySubject = new Map<string, User[]>()

  constructor(users: readonly User[]) {
    for (const user of users) this.#add(user)
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { authid } = login.request
    const certificate = login.info.tls?.clientCertificate
    if (certificate === undefined) return 'unable'
    const owners = this.#ownersOf(certificate).filter((user) => authid === undefined || user.authid === authid)
    const [user] = owners
    if (user === undefined || owners.length > 1) return 'unknown'
    next(admit(login, user, 'tls'))
    return 'begun'
  }

  /** A subject counts only if a trusted authority has signed the certificate; the digest of a certificate needs no authority. */
  #ownersOf({ sha256, subject, isTrusted }: ClientCertificate): readonly User[] {
    const named = isTrusted && subject !== undefined ? this.#bySubject.get(subject) : undefined
    return [...new Set([...(this.#byDigest.get(sha256) ?? []), ...(named ?? [])])]
  }

  #add(user: User): void {
    const subject = user.options.tls?.subject
    if (subject !== undefined) add(this.#bySubject, subject, user)
    for (const digest of user.credentials.certificates) add(this.#byDigest, digest, user)
  }
}

function add(users: Map<string, User[]>, key: string, user: User): void {
  users.set(key, [...(users.get(key) ?? []), user])
}
