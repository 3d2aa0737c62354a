// Reads the elements before the payload that are not a plain number, string or `{}`.
// Every fault in them is a protocol error, not a payload error.

import { ProtocolError } from '../errors.ts'
import { PayloadError } from '../payload.ts'
import { HeaderBuilder } from './header-builder.ts'
import type { Source } from './sink.ts'
import type { Strings } from './strings.ts'

/** Reads header elements of one format. */
export class HeaderValues {
  /** The last value read. */
  value: unknown
  #source: Source
  #builder: HeaderBuilder

  constructor(source: Source, strings: Strings, knownOptionsOnly: boolean) {
    this.#source = source
    this.#builder = new HeaderBuilder(strings, knownOptionsOnly)
  }

  /**
   * Reads the element at `pos` of a message of the given type.
   * @returns the position after it
   * @throws {ProtocolError}
   */
  read(bytes: Uint8Array, pos: number, type: number): number {
    this.#builder.begin(type)
    try {
      const after = this.#source.read(bytes, pos, bytes.length, 1, this.#builder)
      this.value = this.#builder.take()
      return after
    } catch (error) {
      if (error instanceof PayloadError) throw new ProtocolError(`before the payload: ${error.message}`)
      throw error
    }
  }
}
