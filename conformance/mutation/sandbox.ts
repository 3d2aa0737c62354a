// A copy of the tree in which one source has a fault while its tests run. The installed packages are those of the tree.

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Child } from '@trunkline/testkit/child'
import { ROOT } from './sources.ts'

/** Longer than the tests of one fault take, even when the machine is busy. */
const MOST_MS = 300_000
const MOST_MS_OF_ALL = 1_800_000

export class Sandbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mutation-'))

  constructor() {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
    for (const file of files.split('\0')) {
      if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(this.#folder, file))
    }
    this.#link('node_modules')
  }

  /** Whether a test of those that import the file, directly or not, fails. */
  async fails(file: string, faulty: string, original: string): Promise<boolean> {
    const path = join(this.#folder, file)
    writeFileSync(path, faulty)
    try {
      const beside = file.replace(/\.ts$/, '.test.ts')
      if (existsSync(join(this.#folder, beside)) && (await this.#vitest(['run', beside]))) return true
      return await this.#vitest(['related', '--run', file])
    } finally {
      writeFileSync(path, original)
    }
  }

  /** Whether all tests that a fault may concern pass without one; shows those that do not. */
  async isSound(): Promise<boolean> {
    return !(await this.#vitest(['run', 'packages'], MOST_MS_OF_ALL, true))
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  /** Whether a test failed. A run without an end is a failure too: the fault has made a loop. */
  async #vitest(words: readonly string[], timeoutMs = MOST_MS, isShown = false): Promise<boolean> {
    const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const all = [program, ...words, '--bail', '1', '--reporter', 'dot', '--maxWorkers', '1', '--passWithNoTests']
    const tests = Child.node(all, { cwd: this.#folder, output: isShown ? 'passed on' : 'dropped', hasChildren: true })
    return (await tests.endedWithin(timeoutMs)) !== 0
  }

  /** The packages of the tree itself are those of the copy. */
  #link(folder: string): void {
    mkdirSync(join(this.#folder, folder))
    for (const name of readdirSync(join(ROOT, folder))) {
      const path = join(folder, name)
      const source = join(ROOT, path)
      if (name.startsWith('@')) this.#link(path)
      else if (!lstatSync(source).isSymbolicLink()) symlinkSync(source, join(this.#folder, path))
      else {
        const target = resolve(dirname(source), readlinkSync(source))
        symlinkSync(join(this.#folder, target.slice(ROOT.length)), join(this.#folder, path))
      }
    }
  }
}
