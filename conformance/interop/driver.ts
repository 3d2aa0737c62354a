// A child process that speaks lines of JSON: a client under test. Knows no test case.

import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'

import type { Failure } from './protocol.ts'

/** Ends the wait for what does not come. */
const ANSWER_TIMEOUT_MS = 60_000
/** How much of its output an error shows. */
const COMPLAINTS = 4_096

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
  readonly #child: Child
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended: Error | undefined

  /** @param onNotice takes each line that is no answer */
  constructor(command: readonly string[], onNotice: (notice: object) => void = () => undefined) {
    // What a library writes to its errors may be no fault of its, so it is shown only when the process ends.
    this.#child = new Child(command, { hasInput: true })
    this.#child.onLine((line) => {
      const read = JSON.parse(line) as Reply
      if ('number' in read) this.#settle(read)
      else onNotice(read)
    })
    void this.#child.ended.then((code) =>
      this.#end(new NoAnswer(`the peer's process ended with ${code ?? 'a signal'}: ${this.#child.output.slice(-COMPLAINTS)}`)),
    )
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
      this.#child.write(`${JSON.stringify({ number, command })}\n`)
    })
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Ends the process. */
  close(): void {
    this.#child.release()
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

/** The program of Autobahn|Python. */
export function pythonProgram(python: string): readonly string[] {
  return [python, pathOf('clients/autobahn_python.py')]
}

/** Starts the process of a JavaScript peer. */
export function startPeer(name: string): PeerDriver {
  return new PeerDriver([process.execPath, ...FROM_SOURCE, pathOf('peer.ts'), name])
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}
