// What `trunkline contract` makes of a contract, read by those for whom it is: the compiler of TypeScript and the parser of AsyncAPI.

import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { asyncApi } from '../../packages/cli/src/contract/async-api.ts'
import { buildContract, contractText } from '../../packages/cli/src/contract/build-contract.ts'
import { leanContract } from '../../packages/cli/src/contract/lean-contract.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SHOP = fileURLToPath(new URL('shop.ts', import.meta.url))

/** Uses the lean contract as one uses the other; wrong uses must not compile. */
const PROGRAM = `import type { Client } from '@trunkline/client'
import { shop } from './shop.lean.ts'
declare const client: Client
const api = client.use(shop)
const order = await api.orders.get(42)
order.lines[0]?.count satisfies number | undefined
const [count, { shelf }] = await api.stock.count({ item: 'pear' })
void [count satisfies number, shelf satisfies string]
void api.orders.list({ status: 'open' })
// @ts-expect-error a string is no number
void api.orders.get('42')
// @ts-expect-error there is no such state
void api.orders.list({ status: 'lost' })
// @ts-expect-error the lines are missing
void api.orders.place()
`

/** What is wrong with the lean contract: nothing, if it compiles and gives the same contract file. */
export async function leanFaults(): Promise<string[]> {
  const folder = join(ROOT, '.cache', 'lean')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { contract } = await buildContract(SHOP)
  writeFileSync(join(folder, 'shop.json'), contractText(contract))
  writeFileSync(join(folder, 'shop.lean.ts'), leanContract(contract, { file: './shop.json', name: 'shop' }))
  writeFileSync(join(folder, 'program.ts'), PROGRAM)
  const config = { extends: join(ROOT, 'tsconfig.test.json'), compilerOptions: { types: ['node'] }, include: [], files: ['program.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const compiled = await promisify(execFile)(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder }).catch(
    (error: unknown) => error,
  )
  const faults = compiled instanceof Error ? [`the lean contract does not compile: ${(compiled as Error & { stdout: string }).stdout}`] : []
  const again = await buildContract(join(folder, 'shop.lean.ts'))
  const isSame = contractText(again.contract) === contractText(contract)
  return [...faults, ...again.faults, ...(isSame ? [] : ['the lean contract gives another contract file'])]
}

interface Parser {
  parse(
    text: string,
  ): Promise<{ readonly document?: unknown; readonly diagnostics: readonly { readonly severity: number; readonly message: string }[] }>
}

/**
 * What the parser of AsyncAPI says against the document of a contract.
 * @param folder where `@asyncapi/parser` is installed
 */
export async function asyncApiFaults(folder: string): Promise<string[]> {
  const require = createRequire(join(resolve(folder), 'package.json'))
  const { Parser } = require('@asyncapi/parser') as { Parser: new () => Parser }
  const { contract } = await buildContract(SHOP)
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi(contract)))
  const errors = diagnostics.filter(({ severity }) => severity === 0).map(({ message }) => `AsyncAPI: ${message}`)
  return document === undefined && errors.length === 0 ? ['AsyncAPI: the parser gave no document'] : errors
}
