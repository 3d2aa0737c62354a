// Realms of a checked document as the router takes them.

import type { RealmOptions } from '@trunkline/router'
import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { RealmDocument } from './schema.ts'

/** Reads one realm. */
export function readRealm(realm: RealmDocument, path: string, reader: ConfigReader): RealmOptions {
  const { anonymous, roles = {}, topics = [], slowConsumers, disclosure, uriRule, requestIds, limits = {} } = realm
  if (anonymous !== undefined) checkRole(anonymous.role, realm, `${path}.anonymous.role`, path, reader)
  for (const [role, rules] of Object.entries(roles)) {
    for (const [i, { uri, match }] of rules.entries()) reader.checkPattern(uri, match, `${childPath(`${path}.roles`, role)}[${i}].uri`)
  }
  for (const [i, { uri }] of topics.entries()) reader.checkPattern(uri, undefined, `${path}.topics[${i}].uri`)
  const policies = topics.flatMap(({ uri, slowConsumers: policy }) => (policy === undefined ? [] : [{ uri, policy }]))
  return {
    roles,
    limits,
    slowConsumers: { policy: slowConsumers ?? 'disconnect', topics: policies },
    ...(anonymous === undefined ? {} : { anonymousRole: anonymous.role }),
    ...(disclosure === undefined ? {} : { allowsDisclosure: disclosure }),
    ...(uriRule === undefined ? {} : { uriRule }),
    ...(requestIds === undefined ? {} : { requestIds }),
  }
}

function checkRole(role: string, { roles = {} }: RealmDocument, at: string, realm: string, reader: ConfigReader): void {
  if (!Object.hasOwn(roles, role)) reader.report(at, `there is no role '${role}' in ${realm}.roles`)
}
