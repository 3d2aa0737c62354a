// The terminal as a screen: colours, its size, single keys, and a picture that is drawn again and again. Whatever ends the process, the
// terminal is as it was before.

import type { ReadStream, WriteStream } from 'node:tty'

/** What a command that fills the screen reacts to. */
export interface ScreenUser {
  /** A key, such as `q`; for keys with names, such as `up`, their escape sequence. */
  onKey(key: string): void
  /** The size has changed, or the picture may be gone. */
  onResize(): void
}

export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Whether colours are wanted: `NO_COLOR` is not set. */
  readonly hasColours: boolean
  /** Writes text as it is, control characters included: whatever others chose must be printable before. */
  draw(text: string): void
  /** Takes the whole screen and the keys. @returns gives both back */
  open(user: ScreenUser): () => void
}

const [CTRL_C, CTRL_Z] = ['\u0003', '\u001a']
/** The other screen, without a cursor, and back. */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/** The screen of this process; undefined where stdout is none. */
export function processScreen(input: ReadStream, output: WriteStream): Screen | undefined {
  return output.isTTY ? new TerminalScreen(input, output) : undefined
}

class TerminalScreen implements Screen {
  readonly #input: ReadStream
  readonly #output: WriteStream

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input
    this.#output = output
  }

  get columns(): number {
    return this.#output.columns
  }

  get rows(): number {
    return this.#output.rows
  }

  get hasColours(): boolean {
    const { NO_COLOR: none = '', TERM: kind } = process.env
    return none === '' && kind !== 'dumb'
  }

  draw(text: string): void {
    this.#output.write(text)
  }

  open(user: ScreenUser): () => void {
    const [input, output] = [this.#input, this.#output]
    const setRaw = (isRaw: boolean): void => void (input.isTTY && input.setRawMode(isRaw))
    const enter = (): void => {
      setRaw(true)
      output.write(ENTER)
    }
    // A terminal is written to in the same turn, so this is done also when the process ends.
    const leave = (): void => {
      output.write(LEAVE)
      setRaw(false)
    }
    const onKey = (octets: Buffer): void => {
      for (const key of keysIn(octets.toString())) {
        if (key === CTRL_C) process.kill(process.pid, 'SIGINT')
        else if (key === CTRL_Z) suspend(leave)
        else user.onKey(key)
      }
    }
    const onResize = (): void => user.onResize()
    const onContinue = (): void => {
      enter()
      user.onResize()
    }
    process.on('exit', leave)
    process.on('SIGCONT', onContinue)
    output.on('resize', onResize)
    if (input.isTTY) input.on('data', onKey).resume()
    enter()
    return () => {
      process.off('exit', leave)
      process.off('SIGCONT', onContinue)
      output.off('resize', onResize)
      if (input.isTTY) input.off('data', onKey).pause()
      leave()
    }
  }
}

/** Keys that were pressed so quickly that they came together. */
function keysIn(text: string): readonly string[] {
  return text.match(/\u001b\[[\d;]*[A-Za-z~]|[^]/gu) ?? []
}

/** Ctrl-Z: the shell gets its screen back, until it lets the process go on. */
function suspend(leave: () => void): void {
  leave()
  process.kill(process.pid, 'SIGTSTP')
}
