// Runs the command lines of documents with the real command, inside this process. Knows no command by its options.
//
// In a ```sh block every line that begins with `trunkline` or `npx trunkline` is run, in the order of the file, on a
// router that `trunkline dev` runs; other lines are ignored. `# prints TEXT` and `# exit code N` after one are
// what it must do. Commands that do not end (LASTING) run until the end of the file, and end with 0. Ports 808x and 900x
// mean any free one where a router listens, and that router elsewhere.

import { TestTerminal } from '@trunkline/testkit/terminal'
import type { Block } from './blocks.ts'

/** What a document says about one command line. */
export interface CommandLine {
  readonly place: string
  /** Without comment and `npx`. */
  readonly text: string
  readonly prints: string | undefined
  readonly exitCode: number
  /** Whether it runs until it is stopped; then the text that shows that it has begun. */
  readonly ready: RegExp | undefined
}

const LASTING: Readonly<Record<string, RegExp>> = {
  dev: /Ctrl-C stops|"msg":"listening".*\n.*"msg":"listening"/,
  start: /"msg":"listening"/,
  subscribe: /subscribed to/,
  register: /registered /,
  tail: /watching/,
}

/** The command lines of a block. */
export function commandLines({ file, place, code }: Block): CommandLine[] {
  const first = Number(place.split(':')[1])
  return code.split('\n').flatMap((line, i) => {
    const [, text, comment = ''] = /^(?:npx )?(trunkline\b.*?)(?:\s+# (.*))?$/.exec(line) ?? []
    if (text === undefined) return []
    const [, command = ''] = text.split(' ')
    const [, prints] = /^prints (.*)$/.exec(comment) ?? []
    const [, exitCode = '0'] = /^exit code (\d+)$/.exec(comment) ?? []
    return [{ place: `${file}:${first + i}`, text, prints, exitCode: Number(exitCode), ready: LASTING[command] }]
  })
}

/** The words of a command line as a shell takes them: separated by blanks, unless they are quoted. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g)) {
    words.push(
      word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single?: string, double?: string) => {
        return single ?? (double ?? '').replaceAll(/\\(["\\$`])/g, '$1')
      }),
    )
  }
  return words
}

/** The command: words in, exit code out. */
export type Run = (words: readonly string[], terminal: TestTerminal) => Promise<number>

/** Begins a command, which reads a password where it asks for one. */
export function start(run: Run, words: readonly string[]): TestTerminal {
  return new TestTerminal((terminal) => run(words, terminal), 'a password\n')
}
