// Shows that the command lines in the documents do what they say, that the configurations start a router, and that the
// examples run and print what they promise.

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { fencedBlocks, filesBelow, guides, ROOT, savedFiles } from './blocks.ts'
import { buildInto } from './built.ts'
import type { TestTerminal } from '@trunkline/testkit/terminal'
import type { CommandLine, Run } from './commands.ts'
import { commandLines, start as startCommand, wordsOf } from './commands.ts'

mkdirSync(join(ROOT, '.cache'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.cache', 'docs-'))
const running = new Set<TestTerminal>()
let run: Run

beforeAll(() => void vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'configuration')))
beforeAll(async () => void (run = await buildInto(folder, filesBelow('examples', 'main.ts'))))

afterEach(async () => {
  await Promise.all([...running].map((command) => command.interrupt()))
})

afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function start(words: readonly string[]): TestTerminal {
  const command = startCommand(run, words)
  running.add(command)
  void command.ended.then(() => running.delete(command))
  return command
}

/** A configuration as a file of its own whose router takes free ports. */
function anyPort(yaml: string): string {
  const file = join(mkdtempSync(join(folder, 'config-')), 'trunkline.yaml')
  writeFileSync(file, yaml.replaceAll(/port: 808\d/g, 'port: 0'))
  return file
}

/** The words of a line, on free ports and for the routers of the test. */
function ported(text: string, url: string, rawSocketUrl: string, files: string): string[] {
  const [, ...words] = wordsOf(text).map((word) => word.replace('ws://127.0.0.1:8080/ws', url).replace('rs://127.0.0.1:8081', rawSocketUrl))
  if (words[0] === 'dev')
    return words
      .map((word) => word.replace(/^(?:808|900)\d$/, '0'))
      .concat(DEV_PORTS.filter((port) => !words.includes(port)).flatMap((port) => [port, '0']))
  if (words[0] === 'init' && !words.includes('--output'))
    return [...words, '--output', join(mkdtempSync(join(folder, 'init-')), 'trunkline.yaml')]
  if (words[0] === 'user') return words.map((word) => (word === 'users.jsonl' ? join(files, word) : word))
  if (words[0] === 'contract') return words.map((word) => (/^[\w.]+\.(?:js|ts|json)$/.test(word) ? join(files, word) : copied(word)))
  const config = words.indexOf('--config') + 1
  if (config > 0) return words.with(config, anyPort(readFileSync(join(ROOT, words[config] ?? ''), 'utf8')))
  const isClient = (words.length > 1 || ['status', 'tail'].includes(words[0] ?? '')) && !OFFLINE.includes(words[0] ?? '')
  const isAddressed = words.includes('--url') || words.includes('--context')
  return isClient && !isAddressed ? [...words, '--url', url] : words
}

/** A file of the examples in the folder where modules find the packages, and where commands may write. */
function copied(word: string): string {
  if (!word.startsWith('examples/')) return word
  const copy = join(folder, 'copies', word)
  if (existsSync(join(ROOT, word)) && !existsSync(copy)) cpSync(join(ROOT, word), copy)
  return copy
}

/** The commands that open no session. */
const OFFLINE = ['completion', 'help', 'init', 'check', 'config', 'context', 'contract', 'keys', 'msg', 'token', 'salt', 'version']
const DEV_PORTS = ['--port', '--rawsocket-port']

async function expectEnd(command: TestTerminal, { place, prints, exitCode }: CommandLine): Promise<void> {
  const code = await command.ended
  expect({ place, code, err: code === exitCode ? '' : command.err }).toEqual({ place, code: exitCode, err: '' })
  if (prints !== undefined) expect({ place, out: command.out.trimEnd() }).toEqual({ place, out: prints })
}

describe('the command lines in the documents', () => {
  const documents = guides().map((file) => ({
    file,
    lines: fencedBlocks(file)
      .filter(({ language }) => language === 'sh')
      .flatMap(commandLines),
  }))

  it.each(documents.filter(({ lines }) => lines.length > 0))('do what they say: $file', async ({ file, lines }) => {
    const dev = start(['dev', '--port', '0', '--rawsocket-port', '0'])
    const [[url], [rawSocketUrl]] = [await dev.shows(/ws:\/\/\S+/), await dev.shows(/rs:\/\/\S+/)]
    const lasting: { command: TestTerminal; prints: string | undefined }[] = []
    const files = mkdtempSync(join(folder, 'files-'))
    for (const [name, { code }] of savedFiles(file)) writeFileSync(join(files, name), code)
    for (const line of lines) {
      const command = start(ported(line.text, url, rawSocketUrl, files))
      if (line.ready === undefined) await expectEnd(command, line)
      else {
        await command.shows(line.ready)
        lasting.push({ command, prints: line.prints })
      }
    }
    for (const { command, prints } of lasting) {
      if (prints !== undefined) await command.shows(new RegExp(`^${prints.replaceAll(/\W/g, '\\$&')}$`, 'm'))
      expect(await command.interrupt()).toBe(0)
    }
  })
})

describe('the configurations in the documents', () => {
  const blocks = guides()
    .flatMap(fencedBlocks)
    .filter(({ language }) => language === 'yaml')

  it.each(blocks)('start a router: $place', async ({ code }) => {
    const router = start(['start', '--config', anyPort(code)])
    await router.shows(/"msg":"listening".*\n.*"msg":"listening"/)
    expect(await router.interrupt()).toBe(0)
  })
})

describe('the examples', () => {
  const examples = filesBelow('examples', 'main.ts').map((file) => dirname(file).split('/').at(-1) ?? '')

  it.each(examples)('%s prints what it promises and ends with 0', async (name) => {
    const outcome = await new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [join(folder, 'examples', name, 'main.js')], { timeout: 15_000 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, err })
      })
    })
    expect(outcome).toEqual({ code: 0, out: readFileSync(join(ROOT, 'examples', name, 'expected.txt'), 'utf8'), err: '' })
  })
})
