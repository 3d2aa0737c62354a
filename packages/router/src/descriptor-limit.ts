// How many file descriptors the process may have, where the system shows it.

import { readFileSync } from 'node:fs'

/** @returns undefined where the system does not show it, or there is no limit */
export function descriptorLimit(file = '/proc/self/limits'): number | undefined {
  const [, most] = /^Max open files\s+(\d+)/m.exec(textOf(file)) ?? []
  return most === undefined ? undefined : Number(most)
}

/** Empty where there is no such file: only Linux has it. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
