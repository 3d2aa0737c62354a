// Puts each fault into the router or the client and lets the simulation look for it, or draws faults and lets the tests look for them.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PlacedMutant } from '../../mutation/placing.ts'
import { DURABLE, Placing } from '../../mutation/placing.ts'
import { runAtRandom } from '../../mutation/random-run.ts'
import { Sandbox } from '../../mutation/sandbox.ts'
import { ROOT } from '../../mutation/sources.ts'
import { runCommand } from '../command.ts'
import { buildHunt } from './build.ts'
import type { Fate } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import type { Options } from './options.ts'
import { readOptions, USAGE } from './options.ts'
import { readTable, shortPath, tableOf } from './table.ts'

/** How many worlds are tried for a mutant. */
const MOST_SEEDS = 10_000
/** Worlds of several nodes take longer. */
const MOST_SEEDS_OF_NODES = 3_000
const ONE_ROUTER = { nodes: 1, faults: false }
/** Longer than all worlds of a mutant take on a busy machine. */
const MOST_MS = 3_600_000
const PAGE = new URL('README.md', import.meta.url)

const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
const sound = join(folder, 'sound.mjs')
try {
  process.exitCode = await runCommand(readOptions, USAGE, main)
} finally {
  rmSync(folder, { recursive: true })
}

async function main(options: Options): Promise<number> {
  if (options.random !== undefined) return runAtRandom({ count: options.random, seed: options.seed, only: options.only ?? '' })
  return runNamed(options)
}

async function runNamed(options: Options): Promise<number> {
  const placing = new Placing()
  const all = MUTANTS.map((mutant) => placing.place(mutant))
  const chosen = choose(all, options)
  if (chosen.length === 0) {
    console.error('no fault is chosen by these options; --list names all')
    return 2
  }
  if (options.list)
    return print(
      chosen.map((each) => `${all.indexOf(each) + 1} ${each.mutant.name}: ${shortPath(each.file)}, ${each.mutant.within}`).join('\n'),
    )
  await buildHunt(undefined, sound)
  const isKept = options.write || chosen.length === all.length
  const fates = await runAll(chosen, (fate) => (isKept ? write(all, fate) : undefined))
  const found = fates.filter(({ seed }) => seed !== undefined).length
  console.log(`${found} passed, ${fates.length - found} failed`)
  return found === fates.length ? 0 : 1
}

function print(text: string): number {
  console.log(text)
  return 0
}

function choose(all: readonly PlacedMutant[], { only, range: [from, to] = [1, all.length], sample }: Options): readonly PlacedMutant[] {
  const left = all.slice(from - 1, to).filter((each) => only === undefined || isNamed(each, only))
  if (sample === undefined || sample >= left.length) return left
  return left.filter((_, i) => Math.floor((i * sample) / left.length) !== Math.floor(((i - 1) * sample) / left.length))
}

function isNamed({ mutant: { name, within }, file }: PlacedMutant, text: string): boolean {
  return name.includes(text) || within.includes(text) || shortPath(file).startsWith(text)
}

async function runAll(mutants: readonly PlacedMutant[], onFate: (fate: Fate) => void): Promise<readonly Fate[]> {
  const fates: Fate[] = []
  // One iterator for all: each takes what is next.
  const left = mutants.entries()
  const hunter = async (): Promise<void> => {
    for (const [index, mutant] of left) {
      const fate = await hunt(mutant, index)
      fates[index] = fate
      onFate(fate)
      console.log(
        `${fate.seed === undefined ? 'SURVIVED' : `found by ${fate.seed === 'test' ? '' : `seed ${fate.seed} `}(${fate.by})`}: ${mutant.mutant.name}`,
      )
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, hunter))
  return fates
}

/** Writes the result into its row of the page; all others stay. */
function write(all: readonly PlacedMutant[], { mutant, seed, by }: Fate): void {
  const known = readTable(readFileSync(PAGE, 'utf8')).set(mutant.name, { seed, by })
  writeFileSync(PAGE, tableOf(all, known, MOST_SEEDS))
}

async function hunt(mutant: PlacedMutant, index: number): Promise<Fate> {
  const { ground = ONE_ROUTER } = mutant.mutant
  if (ground !== DURABLE && 'test' in ground) return huntByTest(mutant, ground.test)
  const program = join(folder, `hunt-${index}.mjs`)
  await buildHunt(mutant, program)
  const most = ground !== DURABLE && ground.nodes > 1 ? MOST_SEEDS_OF_NODES : MOST_SEEDS
  for (let from = 1; from <= most;) {
    const { seed, found } = await look(program, [from, most], ground)
    if (found === null) break
    // A world that fails without the fault as well shows nothing.
    if ((await look(sound, [seed, seed], ground)).found === null) return { ...mutant, seed, by: found }
    from = seed + 1
  }
  return { ...mutant, seed: undefined, by: '' }
}

async function huntByTest(mutant: PlacedMutant, test: string): Promise<Fate> {
  const sandbox = new Sandbox()
  try {
    const original = readFileSync(join(ROOT, mutant.file), 'utf8')
    const by = await sandbox.noticedIn(test, mutant.file, { faulty: mutant.source, original })
    return { ...mutant, seed: by === undefined ? undefined : 'test', by: by === undefined ? '' : `\`${test}\`` }
  } finally {
    sandbox.remove()
  }
}

async function look(
  program: string,
  [from, to]: readonly [number, number],
  ground: typeof ONE_ROUTER | typeof DURABLE,
): Promise<{ readonly seed: number; readonly found: string | null }> {
  const { nodes, faults } = ground === DURABLE ? ONE_ROUTER : ground
  const words = [program, from, to, nodes, faults ? 1 : 0, ground === DURABLE ? 1 : 0].map(String)
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: MOST_MS })
  return JSON.parse(stdout) as { seed: number; found: string | null }
}
