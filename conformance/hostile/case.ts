// The form of the corpus: cases as data, and the meaning of their bytes and placeholders. Never opens a connection.

/** Text, or `hex:` and hexadecimal digits, or parts of these, some of them repeated. */
export type Bytes = string | readonly (string | { readonly of: string; readonly times: number })[]

/**
 * How a connection begins: `http` and `rawsocket` are bare TCP connections to those ports; `ws.x` and `rs.x` have done the
 *  handshake of the transport with serializer x; `batched.x` is a WebSocket of batches.
 */
export type Via = 'http' | 'rawsocket' | `${'ws' | 'rs' | 'batched'}.${SerializerId}`
export type SerializerId = 'json' | 'msgpack' | 'cbor'

/** A message pattern (`*` fits every value), or one of the words that README.md explains, or one of several. */
export type Expectation = string | readonly unknown[] | { readonly any: readonly (string | readonly unknown[])[] }

export interface Step {
  /** The actor of the step; `main` when absent. */
  readonly as?: string
  /** Octets of the stream. */
  readonly octets?: Bytes
  /** One message, framed as the transport does. */
  readonly message?: Bytes
  /** One WebSocket message of this kind instead of the serializer's. */
  readonly kind?: 'text' | 'binary'
  /** One WAMP message, encoded with the serializer of the connection. */
  readonly send?: readonly unknown[]
  /** How often the step sends it; `$i` counts from 1. */
  readonly times?: number
  /** The actor stops reading, before it sends anything in this step. */
  readonly pause?: true
  /** What must come next. */
  readonly expect?: Expectation
}

/** One connection of a case. */
export interface Actor {
  /** Default `ws.json`. */
  readonly via?: Via
  /** The realm that is joined first; none when absent. */
  readonly join?: string
  /** Further details of the HELLO. */
  readonly hello?: Readonly<Record<string, unknown>>
}

export interface Case extends Actor {
  readonly name: string
  /** Further connections, by name. */
  readonly others?: Readonly<Record<string, Actor>>
  /** Played while no other case runs. */
  readonly alone?: true
  readonly steps: readonly Step[]
}

export interface Group {
  readonly group: string
  readonly cases: readonly Case[]
}

/** The octets that {@link Bytes} stand for. */
export function octetsOf(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return plainOctets(bytes)
  return Buffer.concat(
    bytes.map((part) => {
      if (typeof part === 'string') return plainOctets(part)
      const once = plainOctets(part.of)
      return Buffer.alloc(once.length * part.times, once)
    }),
  )
}

/** Puts the id of a long-poll connection in the place of `$transport`. */
export function withTransport(bytes: Bytes, transport: string | undefined): Bytes {
  if (transport === undefined) return bytes
  if (typeof bytes === 'string') return bytes.replaceAll('$transport', transport)
  return bytes.map((part) =>
    typeof part === 'string' ? part.replaceAll('$transport', transport) : { ...part, of: part.of.replaceAll('$transport', transport) },
  )
}

/** Puts values in the place of `$name` strings, and `$n` and `$i` into all strings. @throws {Error} for a name without a value */
export function filled(value: unknown, names: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') return filledText(value, names)
  if (Array.isArray(value)) return value.map((each) => filled(each, names))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => [key, filled(each, names)] as const)
  const dict: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [key, each] of entries) dict[key] = each
  return dict
}

function filledText(text: string, names: ReadonlyMap<string, unknown>): unknown {
  if (!text.includes('$')) return text
  if (/^\$[a-z][a-z.]*$/.test(text)) {
    if (!names.has(text.slice(1))) throw new Error(`nothing is known of ${text}`)
    return names.get(text.slice(1))
  }
  return text.replaceAll(/\$[ni]\b/g, (name) => String(names.get(name.slice(1)) ?? name))
}

function plainOctets(text: string): Buffer {
  if (!text.startsWith('hex:')) return Buffer.from(text, 'utf8')
  const digits = text.slice(4).replaceAll(' ', '')
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new Error(`not hexadecimal: ${text}`)
  return Buffer.from(digits, 'hex')
}
