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

/** Longer than the tests of one folder take, and all tests, even when the machine is busy. */
const MOST_MS = 300_000
const MOST_MS_OF_ALL = 1_800_000
/** How often tests are run while each time one fails that does not fail again. */
const MOST_RUNS = 3

export class Sandbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mutation-'))

  constructor() {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
    for (const file of files.split('\0')) {
      if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(this.#folder, file))
    }
    this.#link('node_modules')
  }

  /** What notices the fault: a test by its title, or that a run did not end; undefined where every test passes. */
  async noticedBy(file: string, faulty: string, original: string): Promise<string | undefined> {
    const path = join(this.#folder, file)
    writeFileSync(path, faulty)
    try {
      // Tests near it are quick and find most faults; of the others each may, also without importing it: some start programs.
      const near = [file.replace(/\.ts$/, '.test.ts'), `${dirname(file)}/`].filter((tests) => existsSync(join(this.#folder, tests)))
      for (const tests of near) {
        const by = await this.#failing([tests], MOST_MS)
        if (by !== undefined) return by
      }
      return await this.#failing([], MOST_MS_OF_ALL)
    } finally {
      writeFileSync(path, original)
    }
  }

  /** The first test of one file that notices the fault; undefined where every one passes. */
  async noticedIn(
    tests: string,
    file: string,
    { faulty, original }: { readonly faulty: string; readonly original: string },
  ): Promise<string | undefined> {
    const path = join(this.#folder, file)
    writeFileSync(path, faulty)
    try {
      return await this.#failing([tests], MOST_MS)
    } finally {
      writeFileSync(path, original)
    }
  }

  /** Whether all tests pass without a fault; shows those that do not. */
  async isSound(): Promise<boolean> {
    return (await this.#vitest([], 'passed on').endedWithin(MOST_MS_OF_ALL)) === 0
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  /** The first test that fails, and fails again: on a busy machine one may fail by itself. A run without an end is a failure too. */
  async #failing(folders: readonly string[], timeoutMs: number): Promise<string | undefined> {
    for (let i = 0; i < MOST_RUNS; i++) {
      const by = await this.#firstFailing(folders, timeoutMs)
      const [file] = by?.split(' ') ?? []
      if (by === undefined || file === undefined || !existsSync(join(this.#folder, file))) return by
      if ((await this.#firstFailing([file], timeoutMs)) !== undefined) return by
    }
    return undefined
  }

  async #firstFailing(folders: readonly string[], timeoutMs: number): Promise<string | undefined> {
    const tests = this.#vitest(folders)
    const code = await tests.endedWithin(timeoutMs)
    if (code === 0) return undefined
    return code === null ? `no end within ${timeoutMs} ms` : (/ FAIL +(?:\|\w+\| )?(.*)/.exec(tests.output)?.[1] ?? 'a run without tests')
  }

  #vitest(folders: readonly string[], output: 'kept' | 'passed on' = 'kept'): Child {
    const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const words = [program, 'run', ...folders, '--bail', '1', '--reporter', 'dot', '--maxWorkers', '1', '--passWithNoTests']
    return Child.node(words, { cwd: this.#folder, output, hasChildren: true, env: { ...process.env, NO_COLOR: '1' } })
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
