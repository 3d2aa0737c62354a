// A sink that makes JavaScript values: of payload for applications, of Options and Details for the protocol.
// Never lets a key reach a prototype.

import { ProtocolError } from '../errors.ts'
import type { Sink } from './sink.ts'
import type { Strings } from './strings.ts'

type Members = Record<string, unknown>

/**
 * What values are for. In a `header` dicts have no prototype, null members count as absent, and what would not
 * survive every serializer is refused: repeated keys, NaN, integers beyond 64 bits, strings that begin with U+0000.
 */
export type Purpose = 'header' | 'payload'

/** Collects the values that it receives; {@link ValueBuilder.take} gives them. */
export class ValueBuilder implements Sink {
  #strings: Strings
  #isHeader: boolean
  #values: unknown[] = []
  #around: (unknown[] | Members)[] = []
  #list: unknown[] | undefined
  #dict: Members = {}
  #key = ''

  constructor(strings: Strings, purpose: Purpose) {
    this.#strings = strings
    this.#isHeader = purpose === 'header'
  }

  /** Forgets what an earlier reading, perhaps a failed one, left behind. */
  begin(): void {
    this.#values = []
    this.#list = this.#values
    this.#around = []
  }

  /** The values received since {@link ValueBuilder.begin}. */
  take(): unknown[] {
    const values = this.#values
    this.begin()
    return values
  }

  null(): void {
    this.#put(null)
  }

  boolean(value: boolean): void {
    this.#put(value)
  }

  integer(value: number | bigint): void {
    if (this.#isHeader && typeof value === 'bigint' && BigInt.asUintN(64, value) !== value && BigInt.asIntN(64, value) !== value) {
      throw new ProtocolError('an integer before the payload is beyond 64 bits')
    }
    this.#put(value)
  }

  float(value: number): void {
    if (this.#isHeader && !Number.isFinite(value)) throw new ProtocolError('a number before the payload is not finite')
    this.#put(value)
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.string(this.#strings.own(source, start, end))
  }

  string(value: string): void {
    if (this.#isHeader) checkHeaderText(value)
    this.#put(value)
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    const copy = new Uint8Array(end - start)
    copy.set(source.subarray(start, end))
    this.#put(copy)
  }

  list(): void {
    const list: unknown[] = []
    this.#put(list)
    this.#open(list)
  }

  endList(): void {
    this.#close()
  }

  dict(): void {
    const dict = (this.#isHeader ? Object.create(null) : {}) as Members
    this.#put(dict)
    this.#open(dict)
  }

  endDict(): void {
    this.#close()
  }

  key(source: Uint8Array, start: number, end: number): void {
    this.stringKey(this.#strings.shared(source, start, end))
  }

  stringKey(value: string): void {
    if (this.#isHeader) {
      checkHeaderText(value)
      if (value in this.#dict) throw new ProtocolError(`the key ${value.slice(0, 64)} comes twice`)
    }
    this.#key = value
  }

  /** In payload an integer key becomes the property of that name, as JavaScript has it. */
  integerKey(value: number | bigint): void {
    if (this.#isHeader) throw new ProtocolError('a key before the payload is not a string')
    this.#key = String(value)
  }

  #open(container: unknown[] | Members): void {
    this.#around.push(this.#list ?? this.#dict)
    this.#enter(container)
  }

  #close(): void {
    this.#enter(this.#around.pop() ?? this.#values)
  }

  #enter(container: unknown[] | Members): void {
    if (Array.isArray(container)) this.#list = container
    else {
      this.#list = undefined
      this.#dict = container
    }
  }

  #put(value: unknown): void {
    if (this.#list !== undefined) this.#list.push(value)
    else if (this.#isHeader) {
      if (value !== null) this.#dict[this.#key] = value
    } else setOwn(this.#dict, this.#key, value)
  }
}

/** Makes `key` an own property, also where assigning would reach the prototype. */
function setOwn(dict: Members, key: string, value: unknown): void {
  if (key !== '__proto__') dict[key] = value
  else Object.defineProperty(dict, key, { value, writable: true, enumerable: true, configurable: true })
}

const UNFIT = /^\u0000|\p{Surrogate}/u

/** Refuses text that not every serializer could carry. */
function checkHeaderText(value: string): void {
  if (UNFIT.test(value)) throw new ProtocolError('a string before the payload begins with U+0000 or holds a lone surrogate')
}
