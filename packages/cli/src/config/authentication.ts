// How clients of a realm may log in, from a checked document as the router takes it.

import type { AuthenticationOptions, CraOptions, RealmOptions, ScramOptions, UserOptions } from '@trunkline/router'
import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { RealmDocument, UserDocument } from './schema.ts'

/** Reads what a realm says about logging in. */
export function readAuthentication(realm: RealmDocument, path: string, reader: ConfigReader): Pick<RealmOptions, 'authentication'> {
  const { anonymous, users = {}, plainTickets, routerKey } = realm
  if (anonymous !== undefined) checkRole(anonymous.role, realm, `${path}.anonymous.role`, path, reader)
  const authentication: AuthenticationOptions = {
    anonymous,
    users: Object.fromEntries(
      Object.entries(users).map(([authid, user]) => {
        const at = childPath(`${path}.users`, authid)
        checkRole(user.role, realm, `${at}.role`, path, reader)
        return [authid, readUser(user, at, reader)]
      }),
    ),
    plainTickets,
    routerKey,
  }
  return { authentication }
}

function readUser(user: UserDocument, path: string, reader: ConfigReader): UserOptions {
  const { role, ticket, wampcra, scram, cryptosign, extra } = user
  if (!METHODS.some((method) => user[method] !== undefined)) reader.report(path, `has no way to log in: ${METHODS.join(', ')}`)
  if (scram?.kdf === 'argon2id13' && scram.memory === undefined) reader.report(`${path}.scram`, "'argon2id13' needs 'memory' beside it")
  return {
    role,
    ticket,
    wampcra: wampcra === undefined ? undefined : craOf(wampcra),
    scram: scram === undefined ? undefined : scramOf(scram),
    cryptosign,
    extra,
  }
}

/** One of its three forms; the schema has seen that it is whole. */
function craOf({ secret, password, key = '', ...cost }: NonNullable<UserDocument['wampcra']>): CraOptions {
  const { salt = '', iterations, keylen } = cost
  if (secret !== undefined) return { secret }
  if (password !== undefined) return { password, salt, iterations, keylen }
  return { key, salt, iterations: iterations ?? 0, keylen: keylen ?? 0 }
}

function scramOf({ password, storedKey = '', serverKey = '', ...cost }: NonNullable<UserDocument['scram']>): ScramOptions {
  return password === undefined ? { ...cost, storedKey, serverKey } : { ...cost, password }
}

function checkRole(role: string, { roles = {}, authorizer }: RealmDocument, at: string, realm: string, reader: ConfigReader): void {
  // An authorizer judges roles of any name.
  if (authorizer === undefined && !Object.hasOwn(roles, role)) reader.report(at, `there is no role '${role}' in ${realm}.roles`)
}

const METHODS = ['ticket', 'wampcra', 'scram', 'cryptosign'] as const
