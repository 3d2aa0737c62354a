// Shows that the lines to copy say the same as the clicks: the command reads each value back as it was.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../arguments.ts'
import { JsonText } from '../../json-text.ts'
import type { SnippetContext } from './snippets.ts'
import { commandLine, program } from './snippets.ts'

const CONTEXT: SnippetContext = { url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', command: 'npx trunkline', isDefaultUrl: true }

/** Splits a line as a POSIX shell does, as far as single quotes and backslashes go. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\[\s\S]|[^\s'\\])+/g) ?? []
  return words.map((word) => word.replace(/'([^']*)'|\\([\s\S])/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''))
}

describe('commandLine', () => {
  it('is short where nothing is special', () => {
    expect(commandLine(CONTEXT, ['call', 'com.example.add'], [2, -3])).toBe('npx trunkline call com.example.add 2 -3')
    expect(commandLine(CONTEXT, ['publish', 'com.example.chat'], ['hello'])).toBe('npx trunkline publish com.example.chat hello')
  })

  it('names the router and the realm where the command would take others', () => {
    const elsewhere = { ...CONTEXT, url: 'ws://127.0.0.1:9000/ws', realm: 'com.x', isDefaultUrl: false }
    expect(commandLine(elsewhere, ['call', 'a.b'], [])).toBe('npx trunkline call a.b --url ws://127.0.0.1:9000/ws --realm com.x')
  })

  it('is read back by a shell and the command as the values that it was made of', () => {
    const json = new JsonText()
    const texts = fc.oneof(fc.string(), fc.constantFrom('5', 'a=b', '-x', '--url', "it's", '"q"', '$HOME', '', ' ', '*', 'true', '\\'))
    fc.assert(
      fc.property(fc.array(fc.oneof(texts, fc.integer(), fc.boolean())), (values) => {
        const words = shellWords(commandLine(CONTEXT, ['publish', 'a.b'], values)).slice(4)
        expect(words.some((word) => /^-[^\d]/.test(word))).toBe(false)
        expect(parseArguments(words, json)).toEqual({ args: values, kwargs: {} })
      }),
      { numRuns: 300 },
    )
  })
})

describe('program', () => {
  it('holds texts as JavaScript strings', () => {
    const text = program({ ...CONTEXT, realm: `it's "x"\\` }, [])
    expect(text).toContain(`realm: 'it\\'s "x"\\\\'`)
  })
})
