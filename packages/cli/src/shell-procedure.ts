// A procedure that runs a shell command: arguments go in on stdin, the answer comes from stdout. Arguments never become
// part of the command line.

import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Invocation } from '@trunkline/client'
import { ApplicationError } from '@trunkline/client'
import { uris } from '@trunkline/protocol'
import type { JsonText } from './json-text.ts'

const MOST_OUTPUT = 16 * 1024 * 1024
const MOST_ERROR_TEXT = 4_096

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** null when a signal ended the command. */
  readonly exitCode: number | null
}

/** Runs a limited number of commands at a time; further calls wait in order. */
export class ShellProcedure {
  readonly #command: string
  readonly #json: JsonText
  readonly #running = new Set<ChildProcessWithoutNullStreams>()
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(command: string, concurrency: number, json: JsonText) {
    this.#command = command
    this.#free = concurrency
    this.#json = json
  }

  /**
   * Answers an invocation.
   * @returns the command's output: as a value if it is JSON, otherwise as text; undefined when there is none
   * @throws {ApplicationError} when the command failed
   */
  async answer({ args, kwargs, procedure }: Invocation): Promise<unknown> {
    await this.#turn()
    try {
      const lines = [this.#json.exact(args), ...(Object.keys(kwargs).length > 0 ? [this.#json.exact(kwargs)] : [])]
      const outcome = await this.#run(`${lines.join('\n')}\n`, procedure)
      if (outcome.exitCode !== 0) throw failure(outcome)
      return this.#valueOf(outcome.stdout)
    } finally {
      this.#free++
      this.#waiting.shift()?.()
    }
  }

  /** Ends the commands that still run. */
  stop(): void {
    for (const child of this.#running) killGroup(child)
  }

  async #turn(): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#free--
  }

  #run(input: string, procedure: string): Promise<Outcome> {
    // A process group of its own, so that all processes of the shell end with it.
    const child = spawn(this.#command, { shell: true, detached: true, env: { ...process.env, TRUNKLINE_PROCEDURE: procedure } })
    this.#running.add(child)
    return outcomeOf(child, input).finally(() => this.#running.delete(child))
  }

  #valueOf(stdout: string): unknown {
    const text = stdout.replace(/\r?\n$/, '')
    if (text === '') return undefined
    const parsed = this.#json.parse(text)
    return parsed === undefined ? text : parsed.value
  }
}

function outcomeOf(child: ChildProcessWithoutNullStreams, input: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    let size = 0
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size <= MOST_OUTPUT) return void into.push(chunk)
      killGroup(child)
      reject(new ApplicationError(uris.PAYLOAD_SIZE_EXCEEDED, [`the command printed more than ${MOST_OUTPUT / 2 ** 20} MiB`]))
    }
    child.stdout.on('data', collect(stdout))
    child.stderr.on('data', collect(stderr))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)), exitCode }))
    // A command need not read its input; a closed pipe is no failure.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
    child.stdin.end(input)
  })
}

function failure({ stderr, exitCode }: Outcome): ApplicationError {
  const text = stderr.trim().slice(0, MOST_ERROR_TEXT)
  return new ApplicationError(uris.RUNTIME_ERROR, [text === '' ? 'the command failed' : text], { exit_code: exitCode })
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // ESRCH: it has ended by itself.
  }
}
