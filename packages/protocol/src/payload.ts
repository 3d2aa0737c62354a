// Application payload: args and kwargs as raw bytes of one serializer, decoded or converted on demand,
// at most once for each form.

export type SerializerName = 'json' | 'msgpack' | 'cbor'

/** The number of raw items of a payload: 0 = neither args nor kwargs, 1 = args, 2 = args and kwargs. */
export type ItemCount = 0 | 1 | 2

/** The functions of a serializer that a payload needs. All are pure and synchronous. */
export interface PayloadFormat {
  readonly name: SerializerName
  /**
   * Builds the values of raw items.
   * @param most the most lists, dicts and their entries; no limit when absent
   * @returns `[]`, `[args]` or `[args, kwargs]`
   * @throws {PayloadError} when there are more
   */
  decodeItems(raw: Uint8Array, count: ItemCount, most?: number): unknown[]
  /**
   * Checked raw items one by one, as views on `raw`, for writing them as values of their own.
   * @param depth the number of lists and dicts that will be around each
   * @throws {PayloadError} when that nests them too deep
   */
  itemsOf(raw: Uint8Array, count: ItemCount, depth: number): readonly Uint8Array[]
  /** Whether the first raw item is a list. Args are a list except in the older form of payload passthru. */
  opensWithList(raw: Uint8Array): boolean
  /**
   * Writes values as raw items. The result belongs to the caller.
   * @throws {PayloadError} when the format cannot hold a value
   */
  encodeItems(items: readonly unknown[]): Uint8Array
  /**
   * Converts checked raw items of another serializer into raw items of this one, bytes to bytes. The result belongs to the caller.
   * @throws {PayloadError} when this format cannot hold a value
   */
  convertItems(from: SerializerName, raw: Uint8Array, count: ItemCount): Uint8Array
}

/** Application data that a format cannot hold or carry. It is the sender's fault, but no protocol violation. */
export class PayloadError extends Error {
  readonly code = 'TL_PAYLOAD'
  override readonly name = 'PayloadError'
  /** The error URI for the peer, where one is more specific than a general failure. */
  readonly uri: string | undefined

  constructor(message: string, more: { uri?: string; cause?: unknown } = {}) {
    super(message, more)
    this.uri = more.uri
  }
}

const NO_ITEMS = new Uint8Array(0)

/**
 * Args and kwargs of one message.
 *
 * Raw items are the serialized args list, followed (count 2) by the serialized kwargs dict; in JSON with a comma
 * between the two. The payload keeps which of args and kwargs the sender wrote.
 */
export class Payload {
  readonly count: ItemCount
  /** The serializer of `raw`; undefined when the payload was made from values. */
  readonly format: PayloadFormat | undefined
  /** The raw items, in `format`; empty for a payload made from values. Read by {@link rawIn}. */
  raw: Uint8Array
  /** The raw items for other serializers, or the reason why there are none; {@link rawIn} keeps them here. */
  forms: Map<SerializerName, Uint8Array | PayloadError> | undefined
  #items: readonly unknown[] | undefined

  private constructor(count: ItemCount, format: PayloadFormat | undefined, raw: Uint8Array, items: readonly unknown[] | undefined) {
    this.count = count
    this.format = format
    this.raw = raw
    this.#items = items
  }

  /** Wraps checked raw items. `raw` is not copied: see {@link owned}. */
  static fromRaw(format: PayloadFormat, raw: Uint8Array, count: ItemCount): Payload {
    return new Payload(count, format, raw, undefined)
  }

  /** Wraps values. Trailing empty args and kwargs are left out (specification: "Message Structure"). */
  static fromValues(args?: readonly unknown[], kwargs?: Readonly<Record<string, unknown>>): Payload | undefined {
    if (kwargs !== undefined && Object.keys(kwargs).length > 0) return new Payload(2, undefined, NO_ITEMS, [args ?? [], kwargs])
    if (args !== undefined && args.length > 0) return new Payload(1, undefined, NO_ITEMS, [args])
    return undefined
  }

  /** Wraps values as a message array held them, empty ones included. */
  static fromItems(items: readonly unknown[]): Payload {
    return new Payload(items.length as ItemCount, undefined, NO_ITEMS, items)
  }

  /** `[]`, `[args]` or `[args, kwargs]`, decoded at the first use. */
  get items(): readonly unknown[] {
    this.#items ??= this.format === undefined ? [] : this.format.decodeItems(this.raw, this.count)
    return this.#items
  }

  get args(): readonly unknown[] {
    return (this.items[0] as readonly unknown[] | undefined) ?? []
  }

  get kwargs(): Readonly<Record<string, unknown>> {
    return (this.items[1] as Readonly<Record<string, unknown>> | undefined) ?? {}
  }
}

/**
 * The same as {@link Payload.items}, with a limit of lists, dicts and entries: decoded values may take a hundred times the memory
 * of their octets. The payload does not keep the result.
 * @throws {PayloadError} when there are more
 */
export function itemsWithin(payload: Payload | undefined, most: number): PayloadItems {
  if (payload?.format === undefined) return (payload?.items ?? []) as PayloadItems
  const items: readonly unknown[] = payload.format.decodeItems(payload.raw, payload.count, most)
  return items as PayloadItems
}

type PayloadItems = readonly [args?: readonly unknown[], kwargs?: Readonly<Record<string, unknown>>]
