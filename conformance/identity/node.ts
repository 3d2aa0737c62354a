// A router as a user starts it: `npx trunkline start` in a process of its own, its log, its signals. Joins nothing.

import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Child } from '@trunkline/testkit/child'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** The first start in the repository builds. */
const START_MS = 300_000
const WAIT_MS = 60_000

/** One line of the router's log. */
export type LogLine = Readonly<Record<string, unknown>>

export class RouterNode {
  /** All that it printed, by lines. */
  readonly lines: string[] = []
  readonly #child: Child
  readonly #pidFile: string

  private constructor(child: Child, pidFile: string) {
    this.#child = child
    this.#pidFile = pidFile
    for (const stream of ['output', 'errors'] as const) child.onLine((line) => void this.lines.push(line), stream)
  }

  /** Starts it on free ports and waits until both listeners are open. */
  static async start(config: string, pidFile: string): Promise<{ node: RouterNode; webSocket: string; rawSocket: string }> {
    const env = { ...process.env, TRUNKLINE_WEBSOCKET_PORT: '0', TRUNKLINE_RAWSOCKET_PORT: '0' }
    const command = ['npx', 'trunkline', 'start', '--config', config, '--pid-file', pidFile]
    const child = new Child(command, { cwd: REPOSITORY, env, hasChildren: true })
    const node = new RouterNode(child, pidFile)
    const isDoor = (scheme: string) => (line: LogLine) => line['msg'] === 'listening' && String(line['address']).startsWith(scheme)
    const webSocket = await node.shows(isDoor('ws:'), 0, START_MS)
    const rawSocket = await node.shows(isDoor('rs:'))
    return { node, webSocket: String(webSocket['address']), rawSocket: String(rawSocket['address']) }
  }

  /**
   * Waits for a line of the log.
   * @param from the first line that counts
   * @throws {Error} (rejects) when the router ends or the line does not come
   */
  shows(isIt: (line: LogLine) => boolean, from = 0, withinMs = WAIT_MS): Promise<LogLine> {
    return this.#child.until(() => this.lines.slice(from).map(parsed).find(isIt), 'log it', withinMs)
  }

  /** Makes it read its configuration again. @returns the line with the result */
  async reload(): Promise<LogLine> {
    const from = this.lines.length
    process.kill(this.#pid(), 'SIGHUP')
    return this.shows(({ msg }) => String(msg).startsWith('configuration '), from)
  }

  async stop(): Promise<void> {
    if (existsSync(this.#pidFile)) process.kill(this.#pid(), 'SIGTERM')
    else this.#child.kill('SIGTERM')
    await this.#child.ended
  }

  #pid(): number {
    return Number(readFileSync(this.#pidFile, 'utf8'))
  }
}

/** Runs another command to its end. @returns its output. @throws {Error} (rejects) when its exit code is not 0 */
export async function trunkline(...words: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('npx', ['trunkline', ...words], { cwd: REPOSITORY })
  return stdout + stderr
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return {} // Output before the start, such as that of the build.
  }
}
