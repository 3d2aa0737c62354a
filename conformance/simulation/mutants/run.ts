// Puts each fault into the router or the client and lets the simulation look for it: `npm run mutants [-- --sample N | --only TEXT]`.
// A whole run writes the table. With `--random N [--seed S]` faults are drawn from the syntax, and the tests look for them.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { buildHunt } from './build.ts'
import type { Fate, Mutant } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import { tableOf } from './table.ts'
import { runAtRandom } from '../../mutation/random-run.ts'

/** So many worlds a mutant may survive. */
const MOST_SEEDS = 10_000
const MOST_MS = 1_200_000

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { sample: text, only: text, random: text, seed: { ...text, default: '1' } } })
const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
const sound = join(folder, 'sound.mjs')
try {
  process.exitCode = values.random === undefined ? await runNamed() : await runRandom(Number(values.random))
} finally {
  rmSync(folder, { recursive: true })
}

async function runNamed(): Promise<number> {
  await buildHunt(undefined, sound)
  return runAll(choose(values.sample === undefined ? undefined : Number(values.sample), values.only))
}

function runRandom(count: number): Promise<number> {
  return runAtRandom({ count, seed: Number(values.seed), only: values.only ?? '' })
}

/** A sample is spread over the whole list. */
function choose(sample: number | undefined, only: string | undefined): readonly Mutant[] {
  if (only !== undefined) return MUTANTS.filter(({ name, file }) => name.includes(only) || file.startsWith(only))
  if (sample === undefined) return MUTANTS
  return Array.from({ length: sample }, (_, i) => MUTANTS[Math.floor((i * MUTANTS.length) / sample)] as Mutant)
}

async function runAll(mutants: readonly Mutant[]): Promise<number> {
  const fates: Fate[] = []
  // One iterator for all: each takes what is next.
  const left = mutants.entries()
  const hunter = async (): Promise<void> => {
    for (const [index, mutant] of left) {
      const fate = await hunt(mutant, index)
      fates[index] = fate
      console.log(`${fate.seed === undefined ? `SURVIVED ${fate.by}` : `found by seed ${fate.seed} (${fate.by})`}: ${mutant.name}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, hunter))
  const found = fates.filter(({ seed }) => seed !== undefined).length
  if (mutants === MUTANTS) writeFileSync(new URL('README.md', import.meta.url), tableOf(fates, MOST_SEEDS))
  console.log(`${found} passed, ${fates.length - found} failed`)
  return found === fates.length ? 0 : 1
}

async function hunt(mutant: Mutant, index: number): Promise<Fate> {
  const program = join(folder, `hunt-${index}.mjs`)
  try {
    await buildHunt(mutant, program)
  } catch (error) {
    return { mutant, seed: undefined, by: `it does not fit the source: ${String(error)}` }
  }
  for (let from = 1; from <= MOST_SEEDS;) {
    const { seed, found } = await look(program, from, MOST_SEEDS)
    if (found === null) break
    // A world that fails without the fault as well shows nothing.
    if ((await look(sound, seed, seed)).found === null) return { mutant, seed, by: found }
    from = seed + 1
  }
  return { mutant, seed: undefined, by: '' }
}

async function look(program: string, from: number, to: number): Promise<{ readonly seed: number; readonly found: string | null }> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(from), String(to)], { timeout: MOST_MS })
  return JSON.parse(stdout) as { seed: number; found: string | null }
}
