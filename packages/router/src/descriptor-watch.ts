// Notices when the process has no file descriptors left: then the system refuses connections, and nothing else reports it.

import { close, open } from 'node:fs'
import { devNull } from 'node:os'
import type { Log } from './core/ports/index.ts'

/** Opens a file and closes it again; reports the error code, if any. */
type Probe = (done: (code: string | undefined) => void) => void

export class DescriptorWatch {
  readonly #log: Log
  readonly #probe: Probe
  #isProbing = false
  #isOut = false

  /** @param probe for tests */
  constructor(log: Log, probe: Probe = openNothing) {
    this.#log = log
    this.#probe = probe
  }

  /** Checks once. Called about once a second. */
  look(): void {
    if (this.#isProbing) return
    this.#isProbing = true
    this.#probe((code) => {
      this.#isProbing = false
      this.#note(code !== undefined && OUT.has(code), code)
    })
  }

  #note(isOut: boolean, code: string | undefined): void {
    if (isOut === this.#isOut) return
    this.#isOut = isOut
    if (isOut) this.#log.error('out of file descriptors: connections are refused', { area: 'listeners', code })
    else this.#log.info('file descriptors are free again', { area: 'listeners' })
  }
}

/** Out of descriptors: in the process, and in the whole system. */
const OUT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE'])

function openNothing(done: (code: string | undefined) => void): void {
  open(devNull, 'r', (error, descriptor) => {
    if (error === null) close(descriptor, () => {})
    done(error?.code)
  })
}
