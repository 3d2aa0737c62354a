// Shows that the TypeScript in README, guides and docstrings compiles, and runs as it stands and prints what it says.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Block } from './blocks.ts'
import { docstringExamples, fencedBlocks, filesBelow, guides, ROOT, savedFiles } from './blocks.ts'
import { buildInto } from './built.ts'
import type { Run } from './commands.ts'
import { start as startCommand } from './commands.ts'
import { isService, portedTo, printedBy, RunningProgram, serviceFor } from './programs.ts'

const sources = ['protocol', 'contract', 'client', 'router', 'testing'].flatMap((name) => filesBelow(`packages/${name}/src`, '.ts'))
const blocks = [...guides().flatMap(fencedBlocks), ...sources.flatMap(docstringExamples)].filter(({ language }) => language === 'ts')

mkdirSync(join(ROOT, '.cache'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.cache', 'docs-'))
const running: { interrupt(): Promise<unknown> }[] = []
let run: Run

beforeAll(async () => void (run = await buildInto(folder)))
afterEach(() => Promise.all(running.splice(0).map((each) => each.interrupt())))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(place: string): string {
  return place.replaceAll(/[^\w]/g, '_')
}

/** Writes a block into the folder of its document, with those that others of it import by their names. */
function save(block: Block, above: string, ending: string, edited: (block: Block) => string): string {
  const path = join(above, fileOf(block.file))
  mkdirSync(path, { recursive: true })
  for (const [name, other] of savedFiles(block.file)) writeFileSync(join(path, name.replace(/\.js$/, ending)), edited(other))
  const file = join(path, `${fileOf(block.place)}${ending}`)
  writeFileSync(file, edited(block))
  return file
}

function kept<T extends { interrupt(): Promise<unknown> }>(program: T): T {
  running.push(program)
  return program
}

function start(block: Block, url: string, rawSocketUrl: string): RunningProgram {
  const file = save(block, folder, '.js', (each) => portedTo(each, url, rawSocketUrl))
  return kept(new RunningProgram(pathToFileURL(file)))
}

describe('the TypeScript in the documents', () => {
  it('compiles', async () => {
    const types = join(folder, 'types')
    mkdirSync(types)
    for (const block of blocks) save(block, types, '.ts', ({ code }) => code)
    const config = {
      extends: relative(types, join(ROOT, 'tsconfig.test.json')),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: 'force' },
      include: ['**/*.ts'],
    }
    writeFileSync(join(types, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tsc, '-p', types, '--pretty', 'false'], { cwd: types }, (_, stdout, stderr) => resolve(stdout + stderr))
    })
    // The check of types reports errors in the sources themselves.
    expect(output.split('\n').filter((line) => /^\w+\/[\w.]+\.ts\(|^error/.test(line))).toEqual([])
  })

  it.each(blocks.filter(({ runs }) => runs))('runs: $place', async (block) => {
    const dev = kept(startCommand(run, ['dev', '--port', '0', '--rawsocket-port', '0']))
    const [[url], [rawSocketUrl]] = [await dev.shows(/ws:\/\/\S+/), await dev.shows(/rs:\/\/\S+/)]
    const service = serviceFor(block, blocks)
    if (service !== undefined) await start(service, url, rawSocketUrl).shows(printedBy(service))
    const program = start(block, url, rawSocketUrl)
    if (isService(block)) await program.shows(printedBy(block))
    else expect({ code: await program.ended, err: program.err }).toEqual({ code: 0, err: '' })
    expect(program.out.split('\n')).toEqual(expect.arrayContaining(printedBy(block)))
  })
})
