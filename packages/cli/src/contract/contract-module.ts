// Runs the module that declares a contract, in TypeScript or JavaScript, and finds the contract among its exports.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '@trunkline/client'
import type { Tree } from '@trunkline/contract'
import { contractInfo } from '@trunkline/contract'
import { didYouMean } from '../nearest.ts'
import { importFile } from '../package-files.ts'

type Exports = Readonly<Record<string, unknown>>

/**
 * Runs a module and gives its contract.
 * @param name the export that holds it; needed only if the module exports several contracts
 * @throws {UsageError} (rejects) when the module cannot be run, or has no such contract
 */
export async function loadContract(file: string, name: string | undefined): Promise<Tree> {
  if (!existsSync(file)) throw new UsageError(`cannot read ${file}: there is no such file`)
  const exports = await exportsOf(file)
  const contracts = Object.entries(exports).filter(([, value]) => isContract(value)) as [string, Tree][]
  const names = contracts.map(([each]) => each)
  if (name !== undefined) {
    const found = contracts.find(([each]) => each === name)
    if (found === undefined) throw new UsageError(`${file} exports no contract '${name}'${didYouMean(name, names) || listed(names)}`)
    return found[1]
  }
  const different = new Set(contracts.map(([, tree]) => tree))
  const [only] = different
  if (only === undefined) {
    const has = Object.keys(exports).length === 0 ? 'nothing' : Object.keys(exports).join(', ')
    throw new UsageError(`${file} exports no contract, which is what contract(…) of @trunkline/contract returns; it exports ${has}`)
  }
  if (different.size > 1) throw new UsageError(`${file} exports several contracts${listed(names)}; --export NAME chooses one`)
  return only
}

function isContract(value: unknown): boolean {
  return typeof value === 'object' && value !== null && contractInfo(value as Tree) !== undefined
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`
}

/** TypeScript runs the same way on every Node, as bundlers read it: docs/adr/0037-contract-files.md. */
async function exportsOf(file: string): Promise<Exports> {
  const path = resolve(file)
  try {
    if (!/\.[cm]?tsx?$/.test(file)) return (await importFile(pathToFileURL(path).href)) as Exports
    const { createJiti } = await import('jiti')
    return await createJiti(import.meta.url, { fsCache: false, interopDefault: false }).import<Exports>(path)
  } catch (error) {
    throw new UsageError(`cannot run ${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
  }
}
