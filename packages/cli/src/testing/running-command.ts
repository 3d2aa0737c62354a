// A command of the program, run in the process of the test. For tests only.

import { TestTerminal } from '@trunkline/testkit/terminal'
import { run } from '../program.ts'
import type { Terminal } from '../terminal.ts'

/** One running command. */
export class Running extends TestTerminal implements Terminal {
  /**
   * @param input the content of stdin
   * @param asks whether it is a user, who answers each question with a line of it
   */
  constructor(words: readonly string[], input = '', asks = false) {
    super((terminal) => run(words, terminal), input, asks)
  }
}

/** Runs a command to its end with something on stdin. */
export async function resultWith(input: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Running(words, input)
  const code = await command.ended
  return { code, out: command.out, err: command.err }
}

/** Runs a command to its end. */
export async function result(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Running(words)
  const code = await command.ended
  return { code, out: command.out, err: command.err }
}

/** Starts `trunkline dev` at free ports; resolves when it listens. */
export async function startDev(): Promise<{ node: Running; url: string }> {
  const node = new Running(['dev', '--port', '0', '--rawsocket-port', '0', '--json-logs'])
  const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
  return { node, url }
}
