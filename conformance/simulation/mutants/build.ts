// Builds the hunting program, with one fault inside or none.

import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'
import type { PlacedMutant } from '../../mutation/placing.ts'
import { ROOT } from '../../mutation/sources.ts'

const PROGRAM: BuildOptions = {
  entryPoints: [fileURLToPath(new URL('hunt.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['trunkline-source'],
  logLevel: 'error',
}

/** The sources that the program is made of, as paths from the root. */
export async function sourcesOfHunt(): Promise<ReadonlySet<string>> {
  const { metafile } = await build({ ...PROGRAM, absWorkingDir: ROOT, metafile: true, write: false, outdir: 'out' })
  return new Set(Object.keys(metafile.inputs))
}

/**
 * Builds the program.
 * @param mutant undefined for the router as it is
 */
export async function buildHunt(mutant: PlacedMutant | undefined, outfile: string): Promise<void> {
  let isIn = mutant === undefined
  await build({
    ...PROGRAM,
    outfile,
    plugins: [
      {
        name: 'mutant',
        setup(builder) {
          builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (mutant === undefined || relative(ROOT, path).replaceAll(sep, '/') !== mutant.file) return undefined
            isIn = true
            return { contents: mutant.source, loader: 'ts' }
          })
        },
      },
    ],
  })
  if (!isIn) throw new Error(`${join(ROOT, mutant?.file ?? '')} is no part of the program`)
}
