// A sink that makes JavaScript values of payload, for applications and for calls that the router itself answers.
// No key reaches a prototype.

import { PayloadError } from '../payload.ts'
import type { Sink } from './sink.ts'
import type { Strings } from './strings.ts'

type Members = Record<string, unknown>

/** Collects the values that it receives; {@link ValueBuilder.take} returns them. */
export class ValueBuilder implements Sink {
  #strings: Strings
  #most = Number.POSITIVE_INFINITY
  #left = 0
  #values: unknown[] = []
  #around: (unknown[] | Members)[] = []
  #list: unknown[] | undefined
  #dict: Members = {}
  #key = ''

  constructor(strings: Strings) {
    this.#strings = strings
  }

  /**
   * Discards the state of an earlier reading, which may have failed.
   * @param most the most lists, dicts and entries; one more is a PayloadError, and so is a key that appears twice
   */
  begin(most = Number.POSITIVE_INFINITY): void {
    this.#most = this.#left = most
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
    this.#put(value)
  }

  float(value: number): void {
    this.#put(value)
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.string(this.#strings.own(source, start, end))
  }

  string(value: string): void {
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
    const dict: Members = {}
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
    this.#key = value
  }

  /** An integer key becomes the property of that name, as in JavaScript. */
  integerKey(value: number | bigint): void {
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
    if (--this.#left < 0) throw new PayloadError(`the payload has more than ${this.#most} lists, dicts and entries`)
    if (this.#list !== undefined) return void this.#list.push(value)
    // What decides by one of the two values must not let another peer see the other.
    if (this.#most !== Number.POSITIVE_INFINITY && Object.hasOwn(this.#dict, this.#key)) throw new PayloadError('a key appears twice')
    setOwn(this.#dict, this.#key, value)
  }
}

/** Makes `key` an own property, even where an assignment would reach the prototype. */
function setOwn(dict: Members, key: string, value: unknown): void {
  if (key !== '__proto__') dict[key] = value
  else Object.defineProperty(dict, key, { value, writable: true, enumerable: true, configurable: true })
}
