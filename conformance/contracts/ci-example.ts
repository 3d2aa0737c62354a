// The example of a contract in CI: runs the lines of its workflow as they stand, in clones of a shop whose branch changed its contract.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../docs/blocks.ts'
import { buildInto } from '../docs/built.ts'

const EXAMPLE = join(ROOT, 'examples/contract-ci')

interface Outcome {
  readonly code: number | null
  readonly text: string
}

/** What the workflow does not do as its readme promises. */
export async function ciExampleFaults(): Promise<string[]> {
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.cache', 'contract-ci-'))
  try {
    await buildInto(folder, ['packages/cli/src/bin.ts'])
    return new Workflow(folder).faults()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

class Workflow {
  readonly #folder: string
  readonly #lines: readonly string[]
  readonly #faults: string[] = []

  constructor(folder: string) {
    this.#folder = folder
    const workflow = readFileSync(join(EXAMPLE, 'contract.yml'), 'utf8').split('\n')
    this.#lines = workflow.flatMap((line) => /^ *- run: (npx trunkline .*)$/.exec(line)?.[1] ?? [])
    const command = join(folder, 'packages/cli/src/bin.js')
    writeFileSync(join(folder, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${command}" "$@"\n`, { mode: 0o755 })
  }

  faults(): string[] {
    const lower = (source: string): string => source.replace('max(100)', 'max(50)')
    this.#expect('nothing changed', (source) => source, [0, 0])
    const [, diff] = this.#expect('a limit is lower', lower, [0, 1])
    const readme = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
    const [, shown = ''] = /\$ npx trunkline contract diff .*\n((?: {4}.*\n)+)/.exec(readme) ?? []
    const promised = shown.replaceAll(/^ {4}/gm, '')
    if (diff?.text !== promised) this.#faults.push(`the readme of the example promises ${promised}, found ${diff?.text}`)
    this.#expect('a limit is lower, and the version says so', (source) => lower(source).replace("'1.0.0'", "'2.0.0'"), [0, 0])
    const [check] = this.#expect('the file is not built again', (source) => source.replace('max(100)', 'max(200)'), [1, 0], false)
    if (check?.text.includes('is not what shop.contract.ts declares') !== true) this.#faults.push(`a stale file: found ${check?.text}`)
    return this.#faults
  }

  /** Changes the contract in a branch and runs the workflow, which must end with these exit codes. */
  #expect(what: string, change: (source: string) => string, codes: readonly number[], isBuilt = true): readonly Outcome[] {
    const clone = mkdtempSync(join(this.#folder, 'shop-'))
    for (const name of ['shop.contract.ts', 'shop.contract.json']) cpSync(join(EXAMPLE, name), join(clone, name))
    const commit = 'git -c user.name=a -c user.email=a@example.com commit --quiet --message base'
    this.#run(clone, `git init --quiet && git add . && ${commit} && git update-ref refs/remotes/origin/main HEAD`)
    const file = join(clone, 'shop.contract.ts')
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    if (isBuilt) this.#run(clone, 'npx trunkline contract build shop.contract.ts')
    const outcomes = this.#lines.map((line) => this.#run(clone, line.replace('${{ github.base_ref }}', 'main')))
    const found = outcomes.map(({ code }) => code)
    if (found.join() !== codes.join()) this.#faults.push(`${what}: exit codes ${found.join()}, not ${codes.join()}`)
    return outcomes
  }

  #run(clone: string, line: string): Outcome {
    const env = { ...process.env, PATH: `${this.#folder}:${process.env['PATH'] ?? ''}` }
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: clone, env, encoding: 'utf8' })
    return { code: status, text: stdout + stderr }
  }
}
