// Users of a realm in a file of their own, one per line (JSON Lines). Mistakes never quote the content of a line.

import { parseDocument } from 'yaml'
import { childPath, ConfigCheck } from './check.ts'
import { encodingFault } from './encoding.ts'
import { jsonValueOf } from './json-value.ts'
import type { DictNode } from './nodes.ts'
import type { References } from './references.ts'
import type { ConfigDocument, RealmDocument, UserDocument } from './schema.ts'
import { USER } from './schema-authentication.ts'
import { documentOf } from './source.ts'

const LINE = {
  ...USER,
  keys: { authid: { kind: 'text', about: 'The authid of the user.' }, ...USER.keys },
  required: ['authid', ...USER.required],
} as const satisfies DictNode

type Line = UserDocument & { readonly authid: string }

/** Replaces `usersFile` by the users of the file; reports their mistakes. */
export function withUsersOfFiles(document: ConfigDocument, check: ConfigCheck, references: References): ConfigDocument {
  const realms = Object.entries(document.realms).map(([name, realm]) => [
    name,
    withUsers(realm, childPath('realms', name), check, references),
  ])
  return { ...document, realms: Object.fromEntries(realms) as ConfigDocument['realms'] }
}

function withUsers(realm: RealmDocument, path: string, check: ConfigCheck, references: References): RealmDocument {
  const { usersFile, ...rest } = realm
  if (usersFile === undefined) return realm
  const at = `${path}.usersFile`
  const content = references.read(usersFile)
  const fault = Buffer.isBuffer(content) ? encodingFault(content) : { text: content.fault }
  if (fault !== undefined) check.report(at, 'line' in fault ? `${usersFile}:${fault.line}:${fault.column}: ${fault.text}` : fault.text)
  if (fault !== undefined || !Buffer.isBuffer(content)) return rest
  const users = new Map(Object.entries(realm.users ?? {}))
  for (const [i, text] of content
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (text.trim() === '') continue
    const place = `${usersFile}:${i + 1}`
    const line = readLine(text, (fault) => check.report(at, `${place}: ${fault}`), references)
    if (line === undefined) continue
    const { authid, ...user } = line
    if (users.has(authid)) check.report(at, `${place}: authid: this user appears twice`)
    else {
      users.set(authid, user)
      check.standsAt(childPath(`${path}.users`, authid), at, place)
    }
  }
  return { ...rest, users: Object.fromEntries(users) }
}

/** The user of one line; undefined when it has mistakes, which are reported. */
function readLine(text: string, report: (fault: string) => void, references: References): Line | undefined {
  const json = jsonValueOf(text)
  if (typeof json?.value !== 'object') {
    report('expected a dict in JSON, with authid and the keys of a user')
    return undefined
  }
  // Only the YAML parser finds repeated names.
  const document = json.isWhole ? documentOf(json.value) : parseDocument(text, { prettyErrors: false, uniqueKeys: false })
  const check = new ConfigCheck(document, undefined, references)
  const line = check.read(LINE) as Line | undefined
  for (const { path, text: fault } of check.problems) report(path === '' ? fault : `${path}: ${fault}`)
  if (line?.authid === '') report('authid: expected a name')
  return check.problems.length > 0 || line?.authid === '' ? undefined : line
}
