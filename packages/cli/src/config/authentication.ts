// How clients of a realm may log in, from a checked document as the router takes it.

import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { RealmDocument } from './schema.ts'

/** Reads what a realm says about logging in. */
export function readAuthentication({ anonymous, users, ...realm }: RealmDocument, path: string, reader: ConfigReader) {
  if (anonymous !== undefined) checkRole(anonymous.role, realm, `${path}.anonymous.role`, path, reader)
  for (const [authid, user] of Object.entries(users ?? {})) {
    const at = childPath(`${path}.users`, authid)
    checkRole(user.role, realm, `${at}.role`, path, reader)
    if (!METHODS.some((method) => user[method] !== undefined)) reader.report(at, `has no way to log in: ${METHODS.join(', ')}`)
    if (user.scram?.kdf === 'argon2id13' && user.scram.memory === undefined) reader.report(`${at}.scram`, "'memory' is missing")
  }
  const options = { ...(anonymous === undefined ? {} : { anonymous }), ...(users === undefined ? {} : { users }) }
  return Object.keys(options).length === 0 ? {} : { authentication: options }
}

const METHODS = ['ticket', 'wampcra', 'scram', 'cryptosign'] as const

function checkRole(role: string, { roles = {}, authorizer }: RealmDocument, at: string, realm: string, reader: ConfigReader): void {
  // An authorizer judges roles of any name.
  if (authorizer === undefined && !Object.hasOwn(roles, role)) reader.report(at, `there is no role '${role}' in ${realm}.roles`)
}
