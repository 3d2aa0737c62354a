// A child process that speaks lines of JSON: a client under test, or the router. Knows no test case.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import type { Failure } from './protocol.ts'

const ANSWER_TIMEOUT_MS = 10_000
/** How much of a process's stderr is kept. */
const COMPLAINTS = 4_096
const TSX = ['--import', 'tsx', '--conditions=trunkline-source']

/** A command failed at the peer. */
export class CommandFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.uri ?? failure.text ?? 'failed')
    this.failure = failure
  }
}

/** A command was not answered in time, or the peer has ended. */
export class NoAnswer extends Error {}

interface Reply {
  readonly number: number
  readonly value?: unknown
  readonly failure?: Failure
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A command by its name, with its arguments. */
interface Named {
  readonly op: string
}

/** The process of a peer. */
export class PeerDriver {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended: Error | undefined

  /** @param onNotice takes each line that is no answer */
  constructor(command: string, args: readonly string[], onNotice: (notice: object) => void = () => undefined) {
    this.#child = start(command, args)
    onLine(this.#child, (line) => {
      const read = JSON.parse(line) as Reply
      if ('number' in read) this.#settle(read)
      else onNotice(read)
    })
    const complaints = complaintsOf(this.#child)
    this.#child.on('exit', (code) => this.#end(new NoAnswer(`the peer's process ended with ${code ?? 'a signal'}: ${complaints()}`)))
    // `exit` reports its end.
    this.#child.stdin?.on('error', () => undefined)
  }

  /**
   * Resolves to the answer.
   * @throws {CommandFailure} (rejects) when the peer reports a failure; Error when it does not answer
   */
  send<C extends Named>(command: C): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const number = ++this.#last
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(number)
        reject(new NoAnswer(`no answer to ${command.op} within ${ANSWER_TIMEOUT_MS} ms`))
      }, ANSWER_TIMEOUT_MS)
      this.#waiting.set(number, { resolve, reject, timer })
      this.#child.stdin?.write(`${JSON.stringify({ number, command })}\n`)
    })
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Ends the process. */
  close(): void {
    this.#child.stdin?.end()
  }

  #settle({ number, value, failure }: Reply): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    clearTimeout(waiting.timer)
    if (failure === undefined) waiting.resolve(value)
    else waiting.reject(new CommandFailure(failure))
  }

  #end(error: Error): void {
    this.#ended = error
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
  }
}

/** The router's process, with its addresses. */
export interface RunningRouter {
  readonly websocket: string
  readonly rawsocket: string
  close(): void
}

/** Starts the router; resolves when it listens. */
export function startRouter(): Promise<RunningRouter> {
  const child = start(process.execPath, [...TSX, pathOf('router.ts')])
  child.stderr?.pipe(process.stderr)
  return new Promise((resolve, reject) => {
    onLine(child, (line) => resolve({ ...(JSON.parse(line) as Omit<RunningRouter, 'close'>), close: () => child.stdin?.end() }))
    child.on('exit', (code) => reject(new Error(`the router's process ended with ${code ?? 'a signal'}`)))
  })
}

/** Starts the process of a JavaScript peer. */
export function startPeer(name: string): PeerDriver {
  return new PeerDriver(process.execPath, [...TSX, pathOf('peer.ts'), name])
}

/** Starts the process of Autobahn|Python. */
export function startPythonPeer(python: string): PeerDriver {
  return new PeerDriver(python, [pathOf('peers/autobahn_python.py')])
}

function start(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
}

/** The last lines that a process wrote to stderr. Libraries also write there what is no fault of theirs, so it is not shown. */
function complaintsOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-COMPLAINTS)
  })
  return () => text
}

function onLine(child: ChildProcess, listener: (line: string) => void): void {
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', listener)
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
