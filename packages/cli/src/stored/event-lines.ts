// What a store has as lines of JSON, and back: rules, durable subscriptions, events. The JSON is that of WAMP, in which integers beyond 2^53 stay
// exact and byte arrays are strings of U+0000 and Base64.

import type { PayloadFormat, UriPattern } from '@trunkline/protocol'
import {
  createCborSerializer,
  createConverter,
  createJsonSerializer,
  createMsgpackSerializer,
  PayloadError,
  uriPattern,
} from '@trunkline/protocol'
import type { DurableConsumer, DurablePayload, KeepRule } from '@trunkline/router'
import type { StoredEvent } from '@trunkline/router/store-lmdb'
import { JsonText } from '../json-text.ts'

/** Writes lines. */
export class EventLines {
  readonly #text = new JsonText()
  readonly #formats = formats()

  log(realm: string, name: string, keep: KeepRule): string {
    return `${this.#text.exact({ kind: 'log', realm, log: notationOf(name), keep: present(keep) })}\n`
  }

  subscription(realm: string, { filter, settings, attempts, ...rest }: DurableConsumer): string {
    const topic = notationOf(`${filter.match} ${filter.uri}`)
    return `${this.#text.exact({ kind: 'subscription', realm, topic, ...rest, settings: present(settings), attempts: [...attempts] })}\n`
  }

  event(realm: string, { log, payload, details, key, excluded, isRetained, ...event }: StoredEvent): string {
    const { position, publication, topic, time, audience, owner } = event
    const head = this.#text.exact({
      kind: 'event',
      realm,
      position,
      topic,
      time,
      publication,
      ...(log !== undefined && { log: notationOf(log) }),
      ...(Object.keys(details).length > 0 && { details }),
      ...present({ audience, owner, excluded, rkeyHash: key }),
      ...(isRetained && { retained: true }),
    })
    return payload === undefined ? `${head}\n` : `${head.slice(0, -1)},${this.#values(payload)}}\n`
  }

  /** Args and kwargs as JSON where it can hold them, and else as octets. */
  #values({ serializer, count, raw }: DurablePayload): string {
    const { json } = this.#formats
    try {
      const octets = serializer === 'json' ? raw : json.convertItems(serializer, raw, count)
      const [args, kwargs] = json.itemsOf(octets, count, 0).map((item) =>
        Buffer.from(item)
          .toString()
          .replaceAll(/[\r\n]/g, ' '),
      )
      return `"args":${args ?? '[]'}${kwargs === undefined ? '' : `,"kwargs":${kwargs}`}`
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      return `"payload":${JSON.stringify({ serializer, count, base64: Buffer.from(raw).toString('base64') })}`
    }
  }
}

/** A pattern as rules are written: `com.shop.**` for the log `prefix com.shop.`. */
export function notationOf(name: string): string {
  const { match, uri } = filterOf(name)
  if (match !== 'prefix') return uri
  return uri === '' ? '**' : uri.endsWith('.') ? `${uri}**` : name
}

/** The name of a log, of a pattern as {@link notationOf} writes it. */
export function logNameOf(notation: string): string {
  if (/^(exact|prefix|wildcard) /.test(notation)) return notation
  const { match, uri } = uriPattern(notation)
  return `${match} ${uri}`
}

/** The topics of a log, by its name. */
export function filterOf(name: string): UriPattern {
  const space = name.indexOf(' ')
  return { match: name.slice(0, space) as UriPattern['match'], uri: name.slice(space + 1) }
}

export function formats(): Readonly<Record<DurablePayload['serializer'], PayloadFormat>> {
  return { json: createJsonSerializer({ convert: createConverter() }), msgpack: createMsgpackSerializer(), cbor: createCborSerializer() }
}

/** A dict without what is undefined. */
function present(dict: object): object {
  return Object.fromEntries(Object.entries(dict).filter(([, value]) => value !== undefined))
}
