// Puts faults into the sources at random and lets the tests look for them: `npm run mutants -- --random N [--seed S] [--only TEXT]`.
// Prints each fault and the test that found it; judges nothing but the share.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Random } from '../fuzz/random.ts'
import { EQUIVALENT } from './equivalent.ts'
import type { Point } from './points.ts'
import { pointsOf } from './points.ts'
import { Sandbox } from './sandbox.ts'
import { ROOT, sourcesOf } from './sources.ts'
import { withEdit } from './syntax.ts'

/** The share of the faults that tests have to find, of those that change anything. */
const BAR = 0.92

export interface RandomRun {
  /** How many faults. */
  readonly count: number
  /** The same seed draws the same faults of the same sources. */
  readonly seed: number
  /** Only sources with this text in their path. */
  readonly only: string
}

/** @returns the exit code: 0 where tests find as many faults as they have to */
export async function runAtRandom({ count, seed, only }: RandomRun): Promise<number> {
  // Tests run in process groups of their own, which Ctrl-C does not reach: they end with this process.
  process.once('SIGINT', () => process.exit(130))
  const sources = ['protocol', 'contract', 'client', 'router', 'cli'].flatMap(sourcesOf).filter((file) => file.includes(only))
  return hunt(choose(sources, count, new Random(seed)))
}

/** A random choice of this number of faults, each at most once. */
function choose(sources: readonly string[], count: number, random: Random): Point[] {
  const left = sources.flatMap((file) => pointsOf(file, textOf(file))).filter((point) => !EQUIVALENT.has(nameOf(point)))
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.below(left.length), 1)).flat()
}

async function hunt(points: readonly Point[]): Promise<number> {
  let found = 0
  // One iterator for all: each takes what is next.
  const waiting = points.values()
  const hunter = async (): Promise<void> => {
    const sandbox = new Sandbox()
    for (const point of waiting) {
      const source = textOf(point.file)
      const by = await sandbox.noticedBy(point.file, withEdit(source, point), source)
      if (by !== undefined) found++
      console.log(`${by === undefined ? 'SURVIVED' : 'found   '} ${nameOf(point)} (line ${point.line})`)
      if (by !== undefined) console.log(`         by ${by}`)
    }
    sandbox.remove()
  }
  const sound = new Sandbox()
  if (!(await sound.isSound())) throw new Error('the tests fail without a fault')
  sound.remove()
  await Promise.all(Array.from({ length: availableParallelism() }, hunter))
  console.log(`${found} of ${points.length} found, ${((100 * found) / points.length).toFixed(1)} %`)
  return found >= BAR * points.length ? 0 : 1
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** A name that holds while the lines around it change. */
function nameOf({ file, kind, start, end }: Point): string {
  const source = textOf(file)
  const from = source.lastIndexOf('\n', start) + 1
  const line = source.slice(from, source.indexOf('\n', end)).trim().replaceAll(/\s+/g, ' ').slice(0, 160)
  return `${file}: ${kind}: column ${start - from} of ${line}`
}
