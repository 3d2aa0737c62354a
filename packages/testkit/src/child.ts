// A program in a process of its own: starts it, waits for what it prints or sends, and ends it. Needs no other file of the testkit, so
// that tools load nothing else with it.

import type { ChildProcess, IOType } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The words with which Node runs the sources of this repository. */
export const FROM_SOURCE: readonly string[] = ['--import', 'tsx', '--conditions=trunkline-source']

/** How many characters of the output are kept, and how many an error shows. */
const KEPT = 2 ** 20
const SHOWN = 4_096
/** Ends the wait for what does not come; a machine with other things to do may take long for what comes. */
const PATIENCE_MS = 90_000

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** `kept` for {@link Child.shows}, `passed on` to the output of this process, or `dropped`. Default `kept`. */
  readonly output?: 'kept' | 'passed on' | 'dropped'
  /** Likewise. Default: as `output`. */
  readonly errors?: 'kept' | 'passed on' | 'dropped'
  /** Whether it has a standard input, which {@link Child.write} fills. Default false. */
  readonly hasInput?: boolean
  /** Whether messages go to and fro (`process.send` there). Default false. */
  readonly hasChannel?: boolean
  /** Whether it starts processes that have to end with it. They then do not notice Ctrl-C by themselves. Default false. */
  readonly hasChildren?: boolean
}

/** Where to begin to look, and how long to wait. */
export interface Patience {
  /** The first character of the output that counts, as {@link Child.printed} gave it. Default 0. */
  readonly from?: number
  /** Milliseconds. Default 90 s. */
  readonly withinMs?: number
}

export class Child {
  /** The last MiB of what it wrote to its output and to that for errors, where these are kept. */
  output = ''
  /** Resolves when it has ended and all of its output is read: the exit code, null after a signal that ended it or when it never started. */
  readonly ended: Promise<number | null>
  /** How many characters it has printed. */
  printed = 0
  readonly #name: string
  readonly #process: ChildProcess
  readonly #hasChildren: boolean
  readonly #messages: object[] = []
  readonly #waiting = new Set<() => void>()
  #isOver = false
  #takeMessage = (message: object): void => void this.#messages.push(message)

  /** @param command the program and its words */
  constructor(command: readonly string[], options: ChildOptions = {}) {
    const [program = '', ...words] = command
    const { output = 'kept', errors = output, hasInput = false, hasChannel = false, hasChildren = false } = options
    const stdio = [hasInput ? 'pipe' : 'ignore', STREAMS[output], STREAMS[errors], ...(hasChannel ? ['ipc' as const] : [])] as const
    this.#name = words.find((word) => !word.startsWith('-') && /[./]/.test(word)) ?? program
    this.#hasChildren = hasChildren
    this.#process = spawn(program, words, { cwd: options.cwd, env: options.env, stdio: [...stdio], detached: hasChildren })
    running.add(this)
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#note(text))
    this.#process.on('message', (message) => {
      this.#takeMessage(message as object)
      this.#look()
    })
    // Its end reports what could not be written.
    this.#process.stdin?.on('error', () => undefined)
    this.ended = this.#untilEnd()
  }

  /** Starts Node with these words. */
  static node(words: readonly string[], options?: ChildOptions): Child {
    return new Child([process.execPath, ...words], options)
  }

  /** Kills all that this process has started and that still run; a process that runs keeps this one alive. */
  static killAll(): void {
    for (const child of running) child.kill('SIGKILL')
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Whether it runs: it has not ended, and no signal has ended it. */
  get isRunning(): boolean {
    return this.#process.pid !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /**
   * Waits until the output matches.
   * @throws {Error} (rejects) with the end of its output, when the process ends first or the time is over
   */
  shows(pattern: RegExp, { from = 0, withinMs }: Patience = {}): Promise<RegExpExecArray> {
    const dropped = (): number => this.printed - this.output.length
    return this.until(
      () => pattern.exec(this.output.slice(Math.max(0, from - dropped()))) ?? undefined,
      `show ${String(pattern)}`,
      withinMs,
    )
  }

  /**
   * Waits until there is what is looked for; looks after all that comes from the process.
   * @param what it then did, for the error
   * @throws {Error} (rejects) with the end of its output, when the process ends first or the time is over
   */
  until<T>(find: () => T | undefined, what: string, withinMs = PATIENCE_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        settle()
      }
      const fail = (why: string): void => done(() => reject(new Error(`${this.#name} ${why}${this.#lastWords()}`)))
      const look = (): void => {
        const found = find()
        if (found !== undefined) done(() => resolve(found))
        else if (this.#isOver) fail(this.#endOf())
      }
      const timer = setTimeout(() => fail(`did not ${what} within ${withinMs} ms`), withinMs)
      this.#waiting.add(look)
      look()
    })
  }

  /**
   * The next message that it sent.
   * @throws {Error} (rejects) when the process ends first or the time is over
   */
  message(withinMs?: number): Promise<object> {
    return this.until(() => this.#messages.shift(), 'send a message', withinMs)
  }

  /** Takes each message from now on in place of {@link message}. */
  onMessage(take: (message: object) => void): void {
    this.#takeMessage = take
    for (const message of this.#messages.splice(0)) take(message)
  }

  /** Takes each line from now on; of its output unless `errors` are meant. */
  onLine(take: (line: string) => void, of: 'output' | 'errors' = 'output'): void {
    const stream = this.#stream(of)
    if (stream === null) return
    createInterface({ input: stream }).on('line', (line) => {
      take(line)
      this.#look()
    })
  }

  /** Closes the reading end of its output, or of that for errors. */
  stopReading(of: 'output' | 'errors'): void {
    this.#stream(of)?.destroy()
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#process.stdin?.write(text)
  }

  /** Sends a message. */
  send(message: object | string): void {
    if (this.#process.connected) this.#process.send(message)
  }

  /** Ends its standard input and its channel, at which most programs end by themselves. */
  release(): void {
    this.#process.stdin?.end()
    if (this.#process.connected) this.#process.disconnect()
  }

  /** Sends a signal, to its own processes too. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#hasChildren) this.#process.kill(signal)
    else if (this.#process.pid !== undefined && !this.#isOver) killGroup(this.#process.pid, signal)
  }

  /** Sends a signal and waits for the end; resolves with the exit code, null after a signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | null> {
    this.kill(signal)
    return this.ended
  }

  /** Lets it end by a signal, and kills it if it has not ended in time. */
  stop(signal: NodeJS.Signals = 'SIGTERM', withinMs = 10_000): Promise<number | null> {
    this.kill(signal)
    return this.endedWithin(withinMs)
  }

  /**
   * Waits for the end, and kills it if it has not ended by itself in time; then resolves to null.
   * @throws {Error} (rejects) when it could not be started
   */
  async endedWithin(milliseconds: number): Promise<number | null> {
    const timer = setTimeout(() => this.kill('SIGKILL'), milliseconds)
    try {
      const code = await this.ended
      if (this.#process.pid === undefined) throw new Error(`${this.#name} could not be started${this.#lastWords()}`)
      return code
    } finally {
      clearTimeout(timer)
    }
  }

  #stream(of: 'output' | 'errors'): Readable | null {
    return of === 'output' ? this.#process.stdout : this.#process.stderr
  }

  /** `close` of the process is of no use: it does not come after `disconnect`. */
  async #untilEnd(): Promise<number | null> {
    const { pid, stdout, stderr } = this.#process
    const areRead = [stdout, stderr].map(
      (stream) => new Promise<void>((resolve) => (stream === null ? resolve() : stream.on('close', resolve))),
    )
    const exit = new Promise<number | null>((resolve) => {
      this.#process.on('exit', resolve)
      this.#process.on('error', (error) => {
        this.#note(`${error.message}\n`)
        if (pid === undefined) resolve(null)
      })
    })
    const code = await exit
    // What it started may hold its output open.
    if (this.#hasChildren && pid !== undefined) killGroup(pid, 'SIGKILL')
    await Promise.all(areRead)
    this.#isOver = true
    running.delete(this)
    this.#look()
    return code
  }

  #note(text: string): void {
    this.printed += text.length
    this.output = (this.output + text).slice(-KEPT)
    this.#look()
  }

  #look(): void {
    for (const look of this.#waiting) look()
  }

  #endOf(): string {
    const { exitCode, signalCode, pid } = this.#process
    if (pid === undefined) return 'could not be started'
    return `ended with ${signalCode ?? exitCode ?? 'no exit code'}`
  }

  #lastWords(): string {
    return this.output === '' ? '' : `: ${this.output.slice(-SHOWN).trim()}`
  }
}

const STREAMS: Readonly<Record<'kept' | 'passed on' | 'dropped', IOType>> = { kept: 'pipe', 'passed on': 'inherit', dropped: 'ignore' }

function killGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch (error) {
    // All of them have ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** None outlives this process. */
const running = new Set<Child>()
process.on('exit', () => Child.killAll())
