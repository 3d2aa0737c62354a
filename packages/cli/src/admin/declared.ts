// What contracts say of a URI: those of the configuration for its realm, and that of the admin API itself.

import type { ContractFile, ContractRule } from '@trunkline/router'
import { packageFolder } from '../package-files.ts'

export type DeclaredKind = 'procedure' | 'topic'

/** The entry of the first contract that has one for a URI; undefined without one. */
export function declaredEntry(contracts: readonly ContractFile[], kind: DeclaredKind, uri: string): unknown {
  for (const { procedures, topics } of contracts) {
    const entries = kind === 'procedure' ? procedures : topics
    if (Object.hasOwn(entries, uri)) return entries[uri]
    const [, found] = Object.entries(entries).find(([template]) => template.includes('{') && matches(template, uri)) ?? []
    if (found !== undefined) return found
  }
  return undefined
}

export function contractsIn(rules: readonly ContractRule[] | undefined): readonly ContractFile[] {
  return (rules ?? []).map(({ contract }) => contract)
}

/** The contract of the admin API, as it is published. */
export function ownContract(): ContractFile {
  return JSON.parse(packageFolder('').read('admin.contract.json').toString('utf8')) as ContractFile
}

/** Whether a URI is one of a template such as `com.shop.stock.{item}.count`: a parameter is one part, `{rest*}` all that follow. */
function matches(template: string, uri: string): boolean {
  const [wanted, given] = [template.split('.'), uri.split('.')]
  const end = wanted.findIndex((part) => part.endsWith('*}'))
  if (end === -1 ? given.length !== wanted.length : given.length <= end) return false
  return wanted.slice(0, end === -1 ? undefined : end).every((part, i) => {
    if (!part.startsWith('{')) return part === given[i]
    return part.endsWith(':int}') ? /^-?\d+$/.test(given[i] ?? '') : given[i] !== ''
  })
}
