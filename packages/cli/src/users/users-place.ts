// Which users' file a command changes: one that is named, or that of a realm of the configuration.

import { dirname, resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import { didYouMean } from '../nearest.ts'

export interface UsersPlaceOptions {
  readonly file?: string
  readonly config?: string
  readonly realm?: string
}

export interface UsersPlace {
  readonly file: string
  /** What the configuration says of the realm; undefined when the file was named without one. */
  readonly realm: { readonly roles: readonly string[]; readonly users: readonly string[]; readonly name: string } | undefined
}

interface RealmText {
  readonly usersFile?: unknown
  readonly roles?: object
  readonly authorizers?: object
  readonly users?: object
}

/**
 * Finds the file. The configuration is read and not checked: its users' file may not exist yet.
 * @throws {UsageError} when no realm, or more than one, has a users' file
 */
export async function usersPlace({ file, config, realm: wanted }: UsersPlaceOptions): Promise<UsersPlace> {
  if (file !== undefined) return { file, realm: undefined }
  const { configFile, readSource } = await import('../config/source.ts')
  const path = configFile(config)
  const { document } = await readSource(path)
  const { realms } = (document.toJS() ?? {}) as { readonly realms?: Readonly<Record<string, RealmText>> }
  const withFile = Object.entries(realms ?? {}).filter(([, realm]) => typeof realm?.usersFile === 'string')
  const [name, realm] = chosen(withFile, wanted, path)
  const usersFile = String(realm.usersFile)
  if (usersFile.includes('${')) throw new UsageError(`${path}: usersFile of ${name} is a reference; name the file by --file`)
  return {
    file: resolve(dirname(path), usersFile),
    realm: { name, roles: [...keysOf(realm.roles), ...keysOf(realm.authorizers)], users: keysOf(realm.users) },
  }
}

function chosen(withFile: readonly (readonly [string, RealmText])[], wanted: string | undefined, path: string) {
  const names = withFile.map(([name]) => name)
  if (names.length === 0) throw new UsageError(`${path}: no realm has a usersFile; add one, such as usersFile: users.jsonl`)
  if (wanted === undefined && names.length > 1) throw new UsageError(`${path}: ${names.join(', ')} have a usersFile; choose by --realm`)
  const found = withFile.find(([name]) => wanted === undefined || name === wanted)
  if (found === undefined) throw new UsageError(`${path}: no realm '${wanted}' has a usersFile${didYouMean(wanted ?? '', names)}`)
  return found
}

function keysOf(dict: object | undefined): string[] {
  return Object.keys(dict ?? {})
}
