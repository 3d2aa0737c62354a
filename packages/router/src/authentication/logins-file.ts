// The file that keeps remembered logins over restarts: a line of JSON for each. It is replaced as a whole, so that it always holds
// either the old or the new state. Holds digests, never the value of a cookie.

import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { UsageError } from '@trunkline/protocol'

/** How many lines are written at a time, so that other work runs in between. */
const LINES_AT_A_TIME = 256
const HEAD = { format: 'trunkline remembered logins', version: 1 }

export class LoginsFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /**
   * The values of the lines; none when there is no file yet.
   * @throws {UsageError} when it cannot be read or is another kind of file
   */
  read(): readonly unknown[] {
    try {
      const [head, ...values] = readFileSync(this.path, 'utf8').trimEnd().split('\n').map(parse)
      if (JSON.stringify(head) !== JSON.stringify(HEAD)) throw new Error('it is not a file of remembered logins')
      return values
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      throw new UsageError(`cannot read remembered logins from ${this.path}: ${textOf(error)}`, 'TL_REALM', { cause: error })
    }
  }

  /** Replaces the file. Rejects when that is not possible; then the old one stays. */
  async write(values: Iterable<unknown>): Promise<void> {
    const temporary = `${this.path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      let text = `${JSON.stringify(HEAD)}\n`
      let lines = 0
      for (const value of values) {
        text += `${JSON.stringify(value)}\n`
        if (++lines % LINES_AT_A_TIME > 0) continue
        await file.write(text)
        text = ''
      }
      if (text !== '') await file.write(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.path)
  }
}

function parse(line: string): unknown {
  return JSON.parse(line) as unknown
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
