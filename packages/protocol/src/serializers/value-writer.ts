// JavaScript values to a sink: payload of applications, and Options and Details that are not empty.
// It limits the depth, so that the stack cannot overflow.

import { Lasting, RawValue } from '../lasting.ts'
import { PayloadError } from '../payload.ts'
import { entriesOf, octetsOf, placed } from '../sendable.ts'
import type { Output } from './output.ts'
import type { Sink } from './sink.ts'

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
const MIN_INT64 = -0x8000_0000_0000_0000n
const COMMA = 0x2c

/** A sink that writes several values in sequence. */
interface Target extends Sink {
  readonly out: Output
  /** Writes the separator before another value. */
  beforeItems(): void
}

/** Walks values, one at a time. */
export class ValueWriter {
  #maxDepth: number
  #around: object[] = []
  #lasting = new WeakMap<Lasting, Uint8Array>()

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  /**
   * Writes a value: undefined as null (a member that is undefined is left out), bigint as integer, byte arrays as bytes, an object
   * with `toJSON` as the result of that, a Map as dict. An error names the path below `value`.
   * @param depth the number of lists and dicts around it
   * @throws {PayloadError} for functions, symbols, cycles, too deep nesting, integers beyond 64 bits, and what {@link entriesOf} refuses
   */
  write(value: unknown, depth: number, sink: Target): void {
    this.#around.length = 0
    this.#value(value, depth, sink)
  }

  #value(value: unknown, depth: number, sink: Target): void {
    switch (typeof value) {
      case 'string':
        sink.string(value)
        return
      case 'number':
        writeNumber(value, sink)
        return
      case 'boolean':
        sink.boolean(value)
        return
      case 'undefined':
        sink.null()
        return
      case 'bigint':
        if (value > MAX_UINT64 || value < MIN_INT64) throw new PayloadError('an integer beyond 64 bits cannot be sent')
        sink.integer(value)
        return
      case 'object':
        if (value === null) sink.null()
        else this.#object(value, depth, sink)
        return
      default:
        throw new PayloadError(`a ${typeof value} cannot be sent`)
    }
  }

  #object(value: object, depth: number, sink: Target, isAsked = false): void {
    if (value instanceof Lasting) return this.#again(value, depth, sink)
    const isSimple = isPlain(value)
    if (!isSimple && value instanceof RawValue) {
      sink.beforeItems()
      return sink.out.append(value.octets)
    }
    const octets = isSimple ? undefined : octetsOf(value)
    if (octets !== undefined) sink.bytes(octets, 0, octets.length)
    // Like JSON.stringify: it calls `toJSON` once, not again on the result.
    else if (!isAsked && hasToJson(value)) this.#afterToJson(value.toJSON(''), depth, sink)
    else this.#container(value, depth, sink)
  }

  #again(value: Lasting, depth: number, sink: Target): void {
    const { out } = sink
    const octets = this.#lasting.get(value)
    if (octets !== undefined) {
      sink.beforeItems()
      return out.append(octets)
    }
    const start = out.length
    this.#container(value.dict, depth, sink)
    // JSON may put a comma before a value; in the other formats no dict begins with that octet.
    this.#lasting.set(value, out.bytes.slice(out.bytes[start] === COMMA ? start + 1 : start, out.length))
  }

  #afterToJson(value: unknown, depth: number, sink: Target): void {
    if (typeof value === 'object' && value !== null) this.#object(value, depth, sink, true)
    else this.#value(value, depth, sink)
  }

  #container(value: object, depth: number, sink: Target): void {
    if (depth >= this.#maxDepth) throw new PayloadError(`payload is nested deeper than ${this.#maxDepth}`)
    if (this.#around.includes(value)) throw new PayloadError('payload holds itself')
    this.#around.push(value)
    if (Array.isArray(value)) this.#list(value, depth + 1, sink)
    else if (isPlain(value)) this.#dict(value, depth + 1, sink)
    else this.#entries(entriesOf(value), depth + 1, sink)
    this.#around.pop()
  }

  #list(list: readonly unknown[], depth: number, sink: Target): void {
    const count = list.length
    sink.list(count)
    let i = 0
    try {
      for (; i < count; i++) this.#value(list[i], depth, sink)
    } catch (error) {
      throw placed(error, i)
    }
    sink.endList()
  }

  /** Reads the members once, before counting them: a getter may return another value the second time. */
  #dict(dict: object, depth: number, sink: Target): void {
    const keys = Object.keys(dict)
    const values = keys.map((key) => (dict as Record<string, unknown>)[key])
    let absent = 0
    for (const value of values) if (value === undefined) absent++
    sink.dict(keys.length - absent)
    for (let i = 0; i < keys.length; i++) if (values[i] !== undefined) this.#member(keys[i] as string, values[i], depth, sink)
    sink.endDict()
  }

  #entries(entries: readonly (readonly [unknown, unknown])[], depth: number, sink: Target): void {
    const members = entries.filter(([, value]) => value !== undefined)
    sink.dict(members.length)
    for (const [key, value] of members) {
      if (typeof key !== 'string') throw new PayloadError('a Map with keys that are no strings cannot be sent')
      this.#member(key, value, depth, sink)
    }
    sink.endDict()
  }

  #member(key: string, value: unknown, depth: number, sink: Target): void {
    sink.stringKey(key)
    try {
      this.#value(value, depth, sink)
    } catch (error) {
      throw placed(error, key)
    }
  }
}

/** Whether an object has a plain prototype. Most have, and need no further check. */
function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype && !(Symbol.toStringTag in value)
}

function writeNumber(value: number, sink: Target): void {
  if (Number.isInteger(value) && value <= 9_007_199_254_740_992 && value >= -9_007_199_254_740_992 && !Object.is(value, -0)) {
    sink.integer(value)
  } else sink.float(value)
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
