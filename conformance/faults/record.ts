// The record of a part: one line for each message that it sent or got, and for each end of its connections.
// Written at once, so that nothing is lost with a killed process.

import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

/**
 * `begin`: a process of this part started. `>`: about to send the message. `<`: got it. `end`: the connection has ended.
 * Times are milliseconds since 1970; all parts run on one machine.
 */
export type Line = readonly [at: number, what: 'begin' | 'end'] | readonly [at: number, what: '>' | '<', message: readonly unknown[]]

export class Recorder {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** Reads what was added to a record since the last time. */
export class RecordReader {
  readonly #path: string
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Each line is one write, so that a killed process too leaves only whole lines. */
  next(): Line[] {
    const file = openSync(this.#path, 'a+')
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#offset)
      readSync(file, bytes, 0, bytes.length, this.#offset)
      const end = bytes.lastIndexOf('\n') + 1
      this.#offset += end
      const lines = bytes.toString('utf8', 0, end).split('\n')
      return lines.filter((text) => text !== '').map((text) => JSON.parse(text) as Line)
    } finally {
      closeSync(file)
    }
  }
}
