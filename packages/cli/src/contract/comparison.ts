// Two versions of a contract as `trunkline contract diff` shows them.

import type { Change } from './contract-changes.ts'
import { contractChanges } from './contract-changes.ts'
import type { ContractFile } from './contract-file.ts'
import { LEVELS } from './levels.ts'
import { isAtLeast, neededVersion } from './versions.ts'

/** As `--json` prints it. */
export interface Comparison {
  readonly old: string
  readonly new: string
  /** The least version that says what changed; absent when the old one still does. */
  readonly needs?: string
  /** Why the new contract should not be published so. */
  readonly fault?: string
  /** The worst first. */
  readonly changes: readonly Change[]
  /** Those that were accepted. */
  readonly accepted: readonly Change[]
}

/** @param accept JSON Pointers to what is accepted, with all that is below */
export function compared(old: ContractFile, now: ContractFile, accept: readonly string[] = []): Comparison {
  const all = contractChanges(old, now)
  const isAccepted = ({ path }: Change): boolean => accept.some((pointer) => path === pointer || path.startsWith(`${pointer}/`))
  const changes = all.filter((change) => !isAccepted(change))
  const needs = neededVersion(old.version, changes)
  const fault = faultOf(old.version, now.version, needs, changes)
  return {
    old: old.version,
    new: now.version,
    ...(needs !== undefined && { needs }),
    ...(fault !== undefined && { fault }),
    changes,
    accepted: all.filter(isAccepted),
  }
}

function faultOf(old: string, now: string, needs: string | undefined, changes: readonly Change[]): string | undefined {
  if (needs !== undefined && !isAtLeast(now, needs)) {
    const what = changes[0]?.level === 'breaking' ? 'breaking changes need' : 'changes of source need'
    return `${what} version ${needs}; the new contract says ${now}`
  }
  return isAtLeast(now, old) ? undefined : `the version went back, from ${old} to ${now}`
}

/** A line for each change, and a summary. */
export function comparisonText({ old, new: now, changes, accepted }: Comparison): string {
  const lines = changes.map(({ level, path, text, isUnsure }) => {
    return `${level.padEnd(11)} ${path}: ${text}${isUnsure === true ? ' (it cannot be told whether this breaks anything)' : ''}`
  })
  const counts = LEVELS.map((level) => [changes.filter((change) => change.level === level).length, level] as const)
  const parts = counts.filter(([count]) => count > 0).map(([count, level]) => `${count} ${level}`)
  const rest = accepted.length === 0 ? [] : [`${accepted.length} accepted`]
  const summary = changes.length + accepted.length === 0 ? 'nothing changed' : [...parts, ...rest].join(', ')
  return [...lines, `${old} to ${now}: ${summary}`, ''].join('\n')
}
