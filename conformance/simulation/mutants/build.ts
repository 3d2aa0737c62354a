// Builds the hunting program with one fault inside, or says that the fault does not fit the source any more.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Mutant } from './mutant.ts'

/** The source of a mutant's file. */
export function pathOf({ file }: Mutant): string {
  return fileURLToPath(new URL(`../../../packages/${file.replace('/', '/src/')}`, import.meta.url))
}

/** How often the text to be replaced stands in the file; it must be once. */
export async function countMatches(mutant: Mutant): Promise<number> {
  return (await readFile(pathOf(mutant), 'utf8')).split(mutant.find).length - 1
}

/**
 * Builds the program.
 * @param mutant undefined for the router as it is
 * @throws {Error} when the text to be replaced does not stand exactly once in the file
 */
export async function buildHunt(mutant: Mutant | undefined, outfile: string): Promise<void> {
  if (mutant !== undefined && (await countMatches(mutant)) !== 1) throw new Error(`'${mutant.find}' does not stand once in ${mutant.file}`)
  const path = mutant === undefined ? undefined : pathOf(mutant)
  let isPlaced = mutant === undefined
  await build({
    entryPoints: [fileURLToPath(new URL('hunt.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['ws'],
    conditions: ['trunkline-source'],
    logLevel: 'error',
    plugins: [
      {
        name: 'mutant',
        setup(builder) {
          builder.onLoad({ filter: /\.ts$/ }, async ({ path: loaded }) => {
            if (mutant === undefined || loaded !== path) return undefined
            isPlaced = true
            return { contents: (await readFile(loaded, 'utf8')).replace(mutant.find, () => mutant.replace), loader: 'ts' }
          })
        },
      },
    ],
  })
  if (!isPlaced) throw new Error(`${mutant?.file} is no part of the program`)
}
