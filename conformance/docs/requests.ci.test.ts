// Shows that the requests in the documents, as command lines of curl, are answered as they say: by a router with the configuration of the
// same document, beside the sessions that it begins.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestTerminal } from '@trunkline/testkit/terminal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fencedBlocks, guides, ROOT } from './blocks.ts'
import { buildInto } from './built.ts'
import type { Run } from './commands.ts'
import { commandLines, start, wordsOf } from './commands.ts'

mkdirSync(join(ROOT, '.cache'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.cache', 'docs-'))
let run: Run
beforeAll(async () => void (run = await buildInto(folder)))
afterAll(() => rmSync(folder, { recursive: true }))

interface Request {
  readonly place: string
  readonly text: string
  readonly prints: string | undefined
  readonly exitCode: number
}

/** The lines of curl to the router of a document. */
function requestsIn(file: string): Request[] {
  return fencedBlocks(file)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ place, code: block }) =>
      block.split('\n').flatMap((line) => {
        const [, text, prints, code = '0'] =
          /^(curl .*http:\/\/127\.0\.0\.1:8080\S*)(?: # prints (.*)| # exit code (\d+))?$/.exec(line) ?? []
        return text === undefined ? [] : [{ place, text, prints, exitCode: Number(code) }]
      }),
    )
}

const documents = guides()
  .map((file) => ({ file, requests: requestsIn(file) }))
  .filter(({ requests }) => requests.length > 0)

describe('the requests in the documents', () => {
  it('are found', () => {
    expect(documents.map(({ file }) => file)).toContain('docs/guide/without-wamp.md')
  })

  it.each(documents)('are answered as they say: $file', async ({ file, requests }) => {
    const blocks = fencedBlocks(file)
    const configuration = join(folder, 'trunkline.yaml')
    const yaml = blocks.find(({ language }) => language === 'yaml')?.code ?? ''
    writeFileSync(configuration, yaml.replaceAll(/port: 808\d/g, 'port: 0'))
    const router = start(run, ['start', '--config', configuration])
    const [url] = await router.shows(/ws:\/\/[^"\s]+/)
    const sessions: TestTerminal[] = []
    const lines = blocks.filter(({ language }) => language === 'sh').flatMap(commandLines)
    for (const { text, ready } of lines.filter((line) => line.ready !== undefined)) {
      const session = start(run, [...wordsOf(text).slice(1), '--url', url])
      sessions.push(session)
      await session.shows(ready ?? /./)
    }
    for (const { place, text, prints, exitCode } of requests) {
      const words = wordsOf(text.replace('127.0.0.1:8080', new URL(url).host)).slice(1)
      const answered = await new Promise<{ code: unknown; out: string }>((resolve) => {
        execFile('curl', words, { cwd: folder }, (error, out) => resolve({ code: error === null ? 0 : error.code, out: out.trimEnd() }))
      })
      expect({ place, ...answered }).toEqual({ place, code: exitCode, out: prints ?? answered.out })
    }
    for (const session of sessions) await session.interrupt()
    expect(await router.interrupt()).toBe(0)
  })
})
