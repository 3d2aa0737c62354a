// A contract in a few words.

import type { ContractFile } from './contract-file.ts'

/** `Shop 1.2.0, 7 procedures, 1 topic, 2 errors`. */
export function summaryOf(contract: ContractFile): string {
  const { title, prefix, version } = contract
  const counts = (['procedure', 'topic', 'error'] as const).map((noun) => {
    const { length } = Object.keys(contract[`${noun}s`])
    return `${length} ${noun}${length === 1 ? '' : 's'}`
  })
  return [`${title ?? (prefix || 'contract')} ${version}`, ...counts].join(', ')
}
