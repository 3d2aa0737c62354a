// What must hold between our serializers and Python's: each check asks the Python process and throws where the two differ.

import type { SerializerName } from '@trunkline/protocol'
import {
  createCborSerializer,
  createConverter,
  createJsonSerializer,
  createMsgpackSerializer,
  messageFromArray,
  messageToArray,
  PayloadError,
} from '@trunkline/protocol'
import type { Neutral } from './neutral.ts'
import { canHold, canonical, canWrite, dict, fromValue, throughJavaScript, toValue } from './neutral.ts'
import type { PythonPeer } from './peer.ts'

export const FORMATS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

export class Checks {
  readonly #peer: PythonPeer
  readonly #convert = createConverter()
  readonly #serializers = {
    json: createJsonSerializer({ convert: this.#convert }),
    msgpack: createMsgpackSerializer({ convert: this.#convert }),
    cbor: createCborSerializer({ convert: this.#convert }),
  }

  constructor(peer: PythonPeer) {
    this.#peer = peer
  }

  /** What we write of JavaScript values, Python reads as the same, types included; we refuse what a format cannot hold. */
  async written(format: SerializerName, value: Neutral): Promise<void> {
    const expected = throughJavaScript([value])
    const raw = this.#refusedOr(() => this.#serializers[format].encodeItems([toValue([value])]))
    if (!canWrite(format, expected)) return expectSame(raw === undefined, true, 'was not refused')
    if (raw === undefined) throw new Error('was refused')
    expectEqual(await this.#peer.decode(format, raw), expected)
  }

  /** What Python writes, we read as the same values. */
  async read(format: SerializerName, value: Neutral, style: number): Promise<void> {
    const raw = await this.#peer.encode(format, [value], style)
    const items = this.#refusedOr(() => this.#serializers[format].decodeItems(raw, 1))
    expectEqual(fromValue(items), throughJavaScript([[value]]))
  }

  /** What Python writes in one format and we convert, Python reads in the other as the same, types included. */
  async converted(from: SerializerName, to: SerializerName, value: Neutral, style: number): Promise<void> {
    const items: readonly Neutral[] = [[value], dict([['k', value]])]
    const parts = await Promise.all(items.map((item) => this.#peer.encode(from, item, style)))
    const raw = Buffer.concat(from === 'json' ? parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(','), part])) : parts)
    const out = this.#refusedOr(() => this.#convert(from, to, raw, 2))
    if (!canHold(to, value)) return expectSame(out === undefined, true, 'was not refused')
    if (out === undefined) throw new Error('was refused')
    expectEqual(await this.#peer.decode(to, listOfTwo(to, out)), items)
  }

  /** A message that we write, Python reads as the same list. */
  async messageWritten(format: SerializerName, message: readonly Neutral[]): Promise<void> {
    const bytes = this.#refusedOr(() => this.#serializers[format].encode(messageFromArray(toValue(message))))
    if (!canWrite(format, message)) return expectSame(bytes === undefined, true, 'was not refused')
    if (bytes === undefined) throw new Error('was refused')
    expectEqual(await this.#peer.decode(format, bytes), throughJavaScript(message))
  }

  /** A message that Python writes, we read as the same, and pass on such that Python reads what it wrote, types included. */
  async messageRead(format: SerializerName, message: readonly Neutral[], style: number): Promise<void> {
    const serializer = this.#serializers[format]
    const decoded = serializer.decode(await this.#peer.encode(format, message, style))
    expectEqual(fromValue(messageToArray(decoded)), throughJavaScript(message))
    expectEqual(await this.#peer.decode(format, serializer.encode(decoded)), message)
  }

  /** A message that Python writes in one format, we pass on in another such that Python reads what it wrote. */
  async messageConverted(from: SerializerName, to: SerializerName, message: readonly Neutral[], style: number): Promise<void> {
    const decoded = this.#serializers[from].decode(await this.#peer.encode(from, message, style))
    const bytes = this.#refusedOr(() => this.#serializers[to].encode(decoded))
    if (!canHold(to, message)) return expectSame(bytes === undefined, true, 'was not refused')
    if (bytes === undefined) throw new Error('was refused')
    expectEqual(await this.#peer.decode(to, bytes), message)
  }

  #refusedOr<T>(make: () => T): T | undefined {
    try {
      return make()
    } catch (error) {
      if (error instanceof PayloadError) return undefined
      throw error
    }
  }
}

/** Two raw items as one list. */
function listOfTwo(format: SerializerName, items: Uint8Array): Uint8Array {
  if (format === 'json') return Buffer.concat([Buffer.from('['), items, Buffer.from(']')])
  return Buffer.concat([Buffer.of(format === 'msgpack' ? 0x92 : 0x82), items])
}

function expectEqual(got: Neutral, expected: Neutral): void {
  expectSame(canonical(got), canonical(expected), 'differs')
}

function expectSame(got: unknown, expected: unknown, text: string): void {
  if (got !== expected) throw new Error(`${text}: got ${String(got).slice(0, 200)}, expected ${String(expected).slice(0, 200)}`)
}
