// Finds the code in documents: fenced blocks of Markdown, and @example of docstrings. Reads files; runs nothing.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** One block of code. */
export interface Block {
  /** `docs/guide/client.md:12`, the first line of the code. */
  readonly place: string
  readonly file: string
  /** The first word behind the fence: `ts`, `sh`, `yaml`. */
  readonly language: string
  /** Whether `no-run` follows the language: then it is only checked. */
  readonly runs: boolean
  readonly code: string
}

/** An address without a server. */
const FOREIGN = /:\/\/[\w.]*example\.com/
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'peers', 'api'])

/** The files below a folder whose name ends so, as paths from the root, without hidden ones. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return []
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(path, ending)
    return entry.name.endsWith(ending) ? [path] : []
  })
}

/** The documents whose code is checked. */
export function guides(): string[] {
  return ['README.md', ...filesBelow('docs/guide', '.md'), ...filesBelow('packages', 'README.md')]
}

/** The fenced blocks of a Markdown file. */
export function fencedBlocks(file: string): Block[] {
  const blocks: Block[] = []
  let open: { info: string; from: number } | undefined
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith('```')) continue
    if (open === undefined) open = { info: line.slice(3).trim(), from: i + 1 }
    else {
      blocks.push(blockOf(file, open.from, open.info, lines.slice(open.from, i)))
      open = undefined
    }
  }
  return blocks
}

/** The blocks of a document that begin with the name of a file alone, `// shop.js`: its other blocks and its commands name that file. */
export function savedFiles(file: string): [name: string, block: Block][] {
  if (!file.endsWith('.md')) return []
  return fencedBlocks(file).flatMap((block) => {
    const [, name] = /^\/\/ (\w[\w.]*\.js)\n/.exec(block.code) ?? []
    return block.language === 'ts' && name !== undefined ? [[name, block]] : []
  })
}

/** The examples in the docstrings of a source file, as blocks of `ts`; those that connect to example.com do not run. */
export function docstringExamples(file: string): Block[] {
  const blocks: Block[] = []
  let from: number | undefined
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
  for (const [i, line] of lines.entries()) {
    const [, text] = /^\s*\* ?(.*)$/.exec(line) ?? []
    if (from !== undefined && (text === undefined || text.startsWith('@') || text.startsWith('/'))) {
      const code = lines.slice(from, i).map((each) => each.replace(/^\s*\* ?/, ''))
      blocks.push(blockOf(file, from, code.some((each) => FOREIGN.test(each)) ? 'ts no-run' : 'ts', code))
      from = undefined
    }
    if (text === '@example') from = i + 1
  }
  return blocks
}

function blockOf(file: string, from: number, info: string, lines: readonly string[]): Block {
  const [language = '', ...marks] = info.split(' ')
  return { place: `${file}:${from + 1}`, file, language, runs: !marks.includes('no-run'), code: lines.join('\n') }
}
