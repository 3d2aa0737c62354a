// A sink that builds the values before the payload: Options and Details, whose keys are in the message table.
// It respects the limits of the message type and skips options that the router does not read.

import { ProtocolError } from '../errors.ts'
import { headerLimits, OWN_OPTIONS } from '../header-limits.ts'
import type { MessageRow } from '../message-table.ts'
import { messageRow } from '../message-table.ts'
import { EMPTY_DICT } from '../messages.ts'
import { NewDict } from '../new-dict.ts'
import type { Sink } from './sink.ts'
import type { Strings } from './strings.ts'

type Members = Record<string, unknown>

/** A list or dict that is being built. */
interface Open {
  readonly list: unknown[] | undefined
  /** Created with its first member. */
  dict: Members | undefined
  /** The key of the next value. */
  key: string
}

const EMPTY_LIST: unknown[] = []
Object.freeze(EMPTY_LIST)
/** Engines reserve this room in a list that grows by `push`; shorter lists are copied to their size. */
const FIRST_ROOM = 17
/** The longest predefined key is shorter. */
const LONGEST_KEY = 64

/**
 * Builds one value; {@link HeaderBuilder.take} returns it. Null members count as absent. It refuses values that not every
 * serializer can carry: repeated keys, NaN, integers beyond 64 bits, strings that begin with U+0000.
 */
export class HeaderBuilder implements Sink {
  #strings: Strings
  #knownOptionsOnly: boolean
  #keys: MessageRow['keys'] | undefined
  #most = 0
  #valuesLeft = 0
  #listedLeft = 0
  #value: unknown
  /** The lists and dicts around the next value, the innermost last. */
  #around: Open[] = []
  #inner: Open | undefined
  /** Whether the next value belongs to a skipped option, and the number of its lists and dicts that are open. */
  #isSkipping = false
  #skipped = 0

  /** @param knownOptionsOnly whether to skip options of clients that are not in the message table */
  constructor(strings: Strings, knownOptionsOnly: boolean) {
    this.#strings = strings
    this.#knownOptionsOnly = knownOptionsOnly
  }

  /**
   * Discards the state of an earlier reading, which may have failed.
   * @param type the type of the message to which the value belongs
   */
  begin(type: number): void {
    const row = this.#knownOptionsOnly ? messageRow(type) : undefined
    this.#keys = row?.sender === 'client' && row.keys.size > 0 ? row.keys : undefined
    const { values, listed } = headerLimits(type)
    this.#most = this.#valuesLeft = values
    this.#listedLeft = listed
    this.#around.length = 0
    this.#inner = undefined
    this.#isSkipping = false
    this.#skipped = 0
  }

  take(): unknown {
    const value = this.#value
    this.#value = undefined
    return value
  }

  null(): void {
    if (!this.#skips()) this.#put(null)
  }

  boolean(value: boolean): void {
    if (!this.#skips()) this.#put(value)
  }

  integer(value: number | bigint): void {
    if (this.#skips()) return
    if (typeof value === 'bigint' && BigInt.asUintN(64, value) !== value && BigInt.asIntN(64, value) !== value) {
      throw new ProtocolError('an integer before the payload has more than 64 bits')
    }
    this.#put(value)
  }

  float(value: number): void {
    if (this.#skips()) return
    if (!Number.isFinite(value)) throw new ProtocolError('a number before the payload is not finite')
    this.#put(value)
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (!this.#skips()) this.#text(this.#strings.own(source, start, end))
  }

  string(value: string): void {
    if (!this.#skips()) this.#text(value)
  }

  #text(value: string): void {
    checkText(value)
    this.#put(value)
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    if (this.#skips()) return
    const copy = new Uint8Array(end - start)
    copy.set(source.subarray(start, end))
    this.#put(copy)
  }

  list(): void {
    if (this.#isSkipping) this.#skipped++
    else this.#open({ list: [], dict: undefined, key: '' })
  }

  endList(): void {
    if (this.#endsSkipped()) return
    const list = this.#inner?.list ?? EMPTY_LIST
    this.#close()
    this.#put(list.length === 0 ? EMPTY_LIST : list.length < FIRST_ROOM ? list.slice() : list)
  }

  dict(): void {
    if (this.#isSkipping) this.#skipped++
    else this.#open({ list: undefined, dict: undefined, key: '' })
  }

  endDict(): void {
    if (this.#endsSkipped()) return
    const dict = this.#inner?.dict ?? EMPTY_DICT
    this.#close()
    this.#put(dict)
  }

  key(source: Uint8Array, start: number, end: number): void {
    if (this.#isSkipping) return
    if (end - start > LONGEST_KEY && this.#isOption()) this.#isSkipping = true
    else this.stringKey(this.#strings.shared(source, start, end))
  }

  stringKey(value: string): void {
    if (this.#isSkipping) return
    if (this.#isOption() && this.#keys?.has(value) === false && !OWN_OPTIONS.has(value)) {
      this.#isSkipping = true
      return
    }
    checkText(value)
    if (this.#inner?.dict !== undefined && value in this.#inner.dict) throw new ProtocolError(`the key ${value.slice(0, 64)} appears twice`)
    if (this.#inner !== undefined) this.#inner.key = value
  }

  integerKey(): void {
    if (!this.#isSkipping) throw new ProtocolError('a key before the payload is not a string')
  }

  /** Whether the next key belongs to an option that may be unknown. */
  #isOption(): boolean {
    return this.#around.length === 1 && this.#keys !== undefined
  }

  #open(container: Open): void {
    this.#around.push(container)
    this.#inner = container
  }

  #close(): void {
    this.#around.pop()
    this.#inner = this.#around.at(-1)
  }

  #put(value: unknown): void {
    this.#count(value)
    const inner = this.#inner
    if (inner === undefined) this.#value = value
    else if (inner.list !== undefined) inner.list.push(value)
    else if (value !== null) {
      inner.dict ??= new NewDict()
      inner.dict[inner.key] = value
    }
  }

  #count(value: unknown): void {
    const isListed = this.#listedLeft > 0 && this.#around.length === 2 && this.#inner?.list !== undefined && typeof value !== 'object'
    if (isListed) this.#listedLeft--
    else if (--this.#valuesLeft < 0)
      throw new ProtocolError(`the message has more than ${this.#most} lists, dicts and entries before the payload`)
  }

  /** Whether a value belongs to a skipped option; the option ends with its last value. */
  #skips(): boolean {
    if (!this.#isSkipping) return false
    if (this.#skipped === 0) this.#isSkipping = false
    return true
  }

  #endsSkipped(): boolean {
    if (this.#isSkipping) this.#skipped--
    return this.#skips()
  }
}

const UNFIT = /^\u0000|\p{Surrogate}/u

/** Refuses text that not every serializer can carry. */
function checkText(value: string): void {
  if (UNFIT.test(value)) throw new ProtocolError('a string before the payload begins with U+0000 or contains a lone surrogate')
}
