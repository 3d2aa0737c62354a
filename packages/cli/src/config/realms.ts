// The realms of a checked document as options of the router.

import type { ContractFile, ContractRule, DynamicAuthorizerOptions, RealmOptions } from '@trunkline/router'
import { contractFault } from '@trunkline/router'
import type { RealmPlace } from './authentication.ts'
import { readAuthentication } from './authentication.ts'
import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { RealmDocument } from './schema.ts'

type TopicDocument = NonNullable<RealmDocument['topics']>[number]

/** Reads one realm. */
export function readRealm(place: RealmPlace, reader: ConfigReader): RealmOptions {
  const { realm, path } = place
  const { roles = {}, topics = [], slowConsumers = 'disconnect', disclosure, uriRule, requestIds, announcements, trustLevels } = realm
  checkRoles(realm, path, reader)
  for (const [i, { uri, match }] of topics.entries()) reader.checkPattern(uri, match, `${path}.topics[${i}].uri`)
  for (const [i, { uri }] of (trustLevels ?? []).entries()) {
    if (uri !== undefined) reader.checkPattern(uri, undefined, `${path}.trustLevels[${i}].uri`)
  }
  return {
    roles,
    ...authorizersOf(realm),
    ...limitsOf(realm),
    slowConsumers: { policy: slowConsumers, topics: policiesOf(topics, path, reader) },
    ...rulesOf(topics),
    ...(announcements === undefined ? {} : { announcements }),
    ...(trustLevels === undefined ? {} : { trustLevels }),
    ...readAuthentication(place, reader),
    ...contractsOf(realm, path, reader),
    ...(disclosure === undefined ? {} : { allowsDisclosure: disclosure }),
    ...(uriRule === undefined ? {} : { uriRule }),
    ...(requestIds === undefined ? {} : { requestIds }),
  }
}

function checkRoles({ roles = {}, authorizers = {}, disclosure = true }: RealmDocument, path: string, reader: ConfigReader): void {
  for (const role of Object.keys(authorizers)) {
    if (Object.hasOwn(roles, role)) reader.report(childPath(`${path}.authorizers`, role), `role '${role}' has rules in roles already`)
  }
  for (const [role, rules] of Object.entries(roles)) {
    for (const [i, { uri, match, disclose = {} }] of rules.entries()) {
      const at = `${childPath(`${path}.roles`, role)}[${i}]`
      reader.checkPattern(uri, match, `${at}.uri`)
      if (!disclosure && Object.values(disclose).includes('always')) {
        reader.report(`${at}.disclose`, `discloses always, but ${path}.disclosure is false`)
      }
    }
  }
}

function authorizersOf({ authorizer, authorizers }: RealmDocument): Pick<RealmOptions, 'dynamicAuthorizer' | 'dynamicAuthorizers'> {
  const byRole = Object.entries(authorizers ?? {}).map(([role, each]) => [role, authorizerOf(each)] as const)
  return {
    ...(authorizer === undefined ? {} : { dynamicAuthorizer: authorizerOf(authorizer) }),
    ...(byRole.length === 0 ? {} : { dynamicAuthorizers: Object.fromEntries(byRole) }),
  }
}

function authorizerOf({ procedure, realm, deadline, cache }: NonNullable<RealmDocument['authorizer']>): DynamicAuthorizerOptions {
  const remembered = cache === undefined ? {} : { cache: { entries: cache.entries, ttlMs: cache.age } }
  return { procedure, realm, deadlineMs: deadline, ...remembered }
}

function contractsOf({ contracts = [] }: RealmDocument, path: string, reader: ConfigReader): Pick<RealmOptions, 'contracts'> {
  const rules = contracts.flatMap(({ file, ...rule }, i) => {
    const at = `${path}.contracts[${i}].file`
    const contract = contractIn(reader.file(file, at), at, reader)
    return contract === undefined ? [] : [{ ...rule, contract }]
  })
  reportFault(rules, `${path}.contracts`, reader)
  return rules.length === 0 ? {} : { contracts: rules }
}

/** The contract of a file; undefined where it is none, which is reported. */
function contractIn(octets: Buffer | undefined, at: string, reader: ConfigReader): ContractFile | undefined {
  if (octets === undefined) return undefined
  try {
    const contract = JSON.parse(octets.toString('utf8')) as ContractFile
    return reportFault([{ contract }], at, reader) ? undefined : contract
  } catch (error) {
    reader.report(at, `holds no JSON: ${(error as Error).message}`)
    return undefined
  }
}

function reportFault(rules: readonly ContractRule[], at: string, reader: ConfigReader): boolean {
  const fault = contractFault(rules)
  if (fault !== undefined) reader.report(at, fault)
  return fault !== undefined
}

function limitsOf({ limits: { retainedSize, ...limits } = {} }: RealmDocument): Pick<RealmOptions, 'limits'> {
  return { limits: { ...limits, ...(retainedSize === undefined ? {} : { retainedBytes: retainedSize }) } }
}

/** The policies of topics for slow consumers. */
function policiesOf(topics: readonly TopicDocument[], path: string, reader: ConfigReader) {
  return topics.flatMap(({ uri, match, slowConsumers: policy }, i) => {
    if (policy === undefined) return []
    if (match !== undefined) reader.report(`${path}.topics[${i}].match`, "has no meaning with 'slowConsumers'; write the pattern in uri")
    return [{ uri, policy }]
  })
}

function keepOf({ keep = {} }: NonNullable<TopicDocument['durable']>) {
  return { events: keep.count, bytes: keep.octets, ageMs: keep.age }
}

/** The rules of topics for retained events, history and the store. */
function rulesOf(topics: readonly TopicDocument[]) {
  const rules = topics.flatMap(({ uri, match, history, retain, durable }) => {
    if (history === undefined && retain === undefined && durable === undefined) return []
    const kept = history === undefined ? {} : { history: { events: history.events, ageMs: history.age, bytes: history.size } }
    const retained = retain === undefined ? {} : { retain: typeof retain === 'boolean' ? retain : { ageMs: retain.age } }
    const stored = durable === undefined ? {} : { durable: { keep: keepOf(durable) } }
    return [{ uri, match, ...kept, ...retained, ...stored }]
  })
  return { topics: rules }
}
