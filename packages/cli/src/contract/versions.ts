// Whether the version of a contract says what changed: as semantic versioning has it.

import type { Change } from './contract-changes.ts'

type Version = readonly [major: number, minor: number, patch: number]

function read(text: string): Version | undefined {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? []
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)]
}

/** The least version that says what changed; undefined where the old one still does, or is none. */
export function neededVersion(old: string, changes: readonly Change[]): string | undefined {
  const version = read(old)
  const worst = changes[0]?.level
  if (version === undefined || worst === undefined || worst === 'compatible') return undefined
  const [major, minor] = version
  // Below 1.0.0 the second number says what the first says later.
  return worst === 'breaking' && major > 0 ? `${major + 1}.0.0` : `${major}.${minor + 1}.0`
}

/** Whether a version is not less than another. */
export function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [read(version), read(least)]
  if (a === undefined || b === undefined) return false
  const i = a.findIndex((each, at) => each !== b[at])
  return i < 0 || (a[i] ?? 0) > (b[i] ?? 0)
}
