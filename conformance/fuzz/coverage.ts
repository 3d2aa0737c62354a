// Which code ran: V8's block coverage of this process, asked for through the inspector. Never slows down other code.

import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector'

/** What V8 counted since it was asked last. */
export type Counted = readonly Profiler.ScriptCoverage[]

/** V8's own counters. One instance per process. */
export class V8Coverage {
  readonly #session = new Session()

  start(): void {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since the last call; the counters begin anew. */
  take(): Counted {
    let counted: Counted = []
    // The inspector session is in this thread: it calls back before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error
      counted = answer.result
    })
    return counted
  }

  stop(): void {
    this.#session.disconnect()
  }
}

interface Script {
  /** 1 for each character that ran. */
  reached: Uint8Array
  /** 1 for each character inside a function. */
  inFunctions: Uint8Array
}

/** Everything that ran at least once, of the files that a target is about. */
export class Reached {
  readonly #files: RegExp
  readonly #scripts = new Map<string, Script>()
  readonly #functions = new Map<string, boolean>()
  #scratch = new Uint8Array(0)

  constructor(files: RegExp) {
    this.#files = files
  }

  /** Records which functions exist, without counting them as reached. */
  know(counted: Counted): void {
    this.#visit(counted, (script, url, functions) => {
      for (const each of functions) this.#knowFunction(script, url, each, false)
    })
  }

  /** Whether something ran that never ran before. */
  wouldGrow(counted: Counted): boolean {
    let grows = false
    this.#visit(counted, (script, _url, functions) => {
      grows ||= this.#growsWith(script, functions)
    })
    return grows
  }

  add(counted: Counted): void {
    this.#visit(counted, (script, url, functions) => {
      for (const each of functions) this.#knowFunction(script, url, each, (each.ranges[0]?.count ?? 0) > 0)
      this.#paint(functions, script.reached.length).forEach((ran, i) => {
        if (ran === 1) script.reached[i] = 1
      })
    })
  }

  /** How many functions ran, of how many, and how much of their text. */
  get summary(): { readonly functions: number; readonly of: number; readonly percent: number } {
    let all = 0
    let ran = 0
    for (const { reached, inFunctions } of this.#scripts.values()) {
      inFunctions.forEach((is, i) => {
        all += is
        ran += is & (reached[i] as number)
      })
    }
    const functions = [...this.#functions.values()].filter(Boolean).length
    return { functions, of: this.#functions.size, percent: all === 0 ? 0 : (100 * ran) / all }
  }

  /** The names of the functions that never ran. */
  get missing(): string[] {
    return [...this.#functions].filter(([, hasRun]) => !hasRun).map(([name]) => name)
  }

  #growsWith({ reached }: Script, functions: readonly Profiler.FunctionCoverage[]): boolean {
    const ran = this.#paint(functions, reached.length)
    for (let i = 0; i < ran.length; i++) if (ran[i] === 1 && reached[i] === 0) return true
    return false
  }

  #visit(counted: Counted, visit: (script: Script, url: string, functions: readonly Profiler.FunctionCoverage[]) => void): void {
    for (const { url, functions } of counted) {
      if (!this.#files.test(url)) continue
      const length = Math.max(...functions.map((each) => each.ranges[0]?.endOffset ?? 0))
      visit(this.#script(url, length), url, functions)
    }
  }

  #script(url: string, length: number): Script {
    const known = this.#scripts.get(url)
    if (known !== undefined && known.reached.length >= length) return known
    const script = { reached: new Uint8Array(length), inFunctions: new Uint8Array(length) }
    script.reached.set(known?.reached ?? [])
    script.inFunctions.set(known?.inFunctions ?? [])
    this.#scripts.set(url, script)
    return script
  }

  /** The whole module counts as a function for V8, but not here. */
  #knowFunction({ inFunctions }: Script, url: string, { functionName, ranges }: Profiler.FunctionCoverage, hasRun: boolean): void {
    const [whole] = ranges
    if (whole === undefined || whole.startOffset === 0) return
    const key = `${url.slice(url.lastIndexOf('/') + 1)} ${functionName}@${whole.startOffset}`
    if (!this.#functions.has(key)) inFunctions.fill(1, whole.startOffset, whole.endOffset)
    if (hasRun || !this.#functions.has(key)) this.#functions.set(key, hasRun)
  }

  /** Functions and blocks come from the outermost to the innermost: a later range overrides an earlier one. */
  #paint(functions: readonly Profiler.FunctionCoverage[], length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length)
    const ran = this.#scratch.subarray(0, length).fill(0)
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    return ran
  }
}
