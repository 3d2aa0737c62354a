// A terminal for a command that runs in the process of a test: its output, its exit code, and ways to stop it.

/** A log on stdout. */
interface Lines {
  write(line: string): void
}

/** One command and all that it needs of a terminal. */
export class TestTerminal {
  out = ''
  err = ''
  readonly ended: Promise<number>
  readonly #stopping = new AbortController()
  readonly #unread = new AbortController()
  readonly stop: AbortSignal = this.#stopping.signal
  readonly unread: AbortSignal = this.#unread.signal
  readonly logReader = 'program'
  readonly hasColors = false
  /** Set by a test. */
  showsProgress = false
  readonly asks: boolean
  #input: string
  #onOutput = (): void => {}
  #onHangup = (): void => {}
  #onRotation = (): void => {}

  /**
   * @param command begins the command; resolves to its exit code
   * @param input the content of stdin, one character an octet
   * @param asks whether it is a user, who answers each question with a line of it
   */
  constructor(command: (terminal: TestTerminal) => Promise<number>, input = '', asks = false) {
    this.asks = asks
    this.#input = input
    this.ended = command(this)
  }

  print(text: string): void {
    this.out += text
    this.#onOutput()
  }

  printed(): Promise<void> {
    return Promise.resolve()
  }

  openLog(): Lines {
    return { write: (line) => this.print(line) }
  }

  complain(text: string): void {
    this.err += text
    this.#onOutput()
  }

  onHangup(listener: () => void): void {
    this.#onHangup = listener
  }

  /** Acts as SIGHUP. */
  hangUp(): void {
    this.#onHangup()
  }

  onRotation(listener: () => void): void {
    this.#onRotation = listener
  }

  /** Acts as SIGUSR2. */
  rotate(): void {
    this.#onRotation()
  }

  readSecret(): Promise<string> {
    const [line = '', ...rest] = this.#input.split('\n')
    if (this.asks) this.#input = rest.join('\n')
    return Promise.resolve(line)
  }

  readInput(): Promise<Buffer> {
    return Promise.resolve(Buffer.from(this.#input, 'latin1'))
  }

  /** Waits until the output matches; rejects when the command ends first. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const matched = new Promise<RegExpExecArray>((resolve) => {
      this.#onOutput = () => {
        const match = pattern.exec(this.out + this.err)
        if (match !== null) resolve(match)
      }
      this.#onOutput()
    })
    const ended = this.ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${this.out}${this.err}`)))
    return Promise.race([matched, ended])
  }

  interrupt(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number> {
    this.#stopping.abort(signal)
    return this.ended
  }

  stopReading(): Promise<number> {
    this.#unread.abort()
    return this.ended
  }
}
