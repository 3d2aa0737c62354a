// What the doctor finds: each thing is fine, doubtful or at fault, in one line, with one line of what to do.

import type { Terminal } from '../terminal.ts'

export type Verdict = 'ok' | 'warning' | 'fault'

export interface Finding {
  readonly verdict: Verdict
  /** What was looked at, one word: `certificate`. */
  readonly about: string
  readonly text: string
  /** What to do; absent where nothing is wrong. */
  readonly advice?: string
}

/** Findings, printed as they come. */
export class Findings {
  readonly #counts = { ok: 0, warning: 0, fault: 0 }
  readonly #print: (finding: Finding) => void

  constructor(print: (finding: Finding) => void) {
    this.#print = print
  }

  get counts(): Readonly<Record<Verdict, number>> {
    return this.#counts
  }

  ok(about: string, text: string): void {
    this.#add({ verdict: 'ok', about, text })
  }

  warning(about: string, text: string, advice: string): void {
    this.#add({ verdict: 'warning', about, text, advice })
  }

  fault(about: string, text: string, advice: string): void {
    this.#add({ verdict: 'fault', about, text, advice })
  }

  #add(finding: Finding): void {
    this.#counts[finding.verdict]++
    this.#print(finding)
  }
}

/** Findings on a terminal, as lines for people or for programs. */
export function findingsOn(terminal: Terminal, isForPrograms: boolean): Findings {
  return new Findings(({ verdict, about, text, advice }) => {
    if (isForPrograms) return terminal.print(`${JSON.stringify({ verdict, about, text, advice })}\n`)
    const line = `${verdict.padEnd(8)} ${about.padEnd(12)} ${text}\n`
    terminal.print(advice === undefined ? line : `${line}${' '.repeat(22)}${advice}\n`)
  })
}

/** The first line of the text of any error. */
export function textOfError(error: unknown): string {
  const text = error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)
  return text.trim().split('\n')[0] ?? ''
}
