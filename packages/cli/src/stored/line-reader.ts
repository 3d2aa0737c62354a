// Reads the lines that `trunkline store export` writes. What is wrong is a UsageError with the number of the line.

import { UsageError } from '@trunkline/client'
import type { Dict } from '@trunkline/protocol'
import { PayloadError } from '@trunkline/protocol'
import type { DurableConsumer, DurableEvent, DurablePayload, KeepRule } from '@trunkline/router'
import { JsonText } from '../json-text.ts'
import { filterOf, formats, logNameOf } from './event-lines.ts'

/** What a line says. */
export type StoreLine =
  | { readonly kind: 'log'; readonly realm: string; readonly log: string; readonly keep: KeepRule }
  | { readonly kind: 'subscription'; readonly realm: string; readonly consumer: DurableConsumer }
  | {
      readonly kind: 'event'
      readonly realm: string
      readonly position: number
      /** Undefined where its log had dropped it, and it is retained. */
      readonly log: string | undefined
      readonly event: DurableEvent
    }

export class LineReader {
  readonly #text = new JsonText()
  readonly #json = formats().json
  #line = 0

  /** @throws {UsageError} */
  read(text: string): StoreLine {
    this.#line++
    const dict = this.#text.parse(text)?.value
    if (!isDict(dict)) throw this.#fault('expected a line of `trunkline store export`')
    const realm = this.#of(dict, 'realm', isText)
    const { kind } = dict
    if (kind === 'log')
      return { kind, realm, log: logNameOf(this.#of(dict, 'log', isText)), keep: this.#keep(this.#of(dict, 'keep', isDict)) }
    if (kind === 'subscription') return { kind, realm, consumer: this.#consumer(dict) }
    if (kind !== 'event') throw this.#fault('kind: expected log, subscription or event')
    const log = this.#maybe(dict, 'log', isText)
    return { kind, realm, position: this.#of(dict, 'position', isId), log: log && logNameOf(log), event: this.#event(dict) }
  }

  #event(dict: Dict): DurableEvent {
    return {
      publication: this.#of(dict, 'publication', isId),
      topic: this.#of(dict, 'topic', isText),
      time: this.#of(dict, 'time', isNumber),
      details: this.#maybe(dict, 'details', isDict) ?? {},
      audience: this.#maybe(dict, 'audience', isDict),
      excluded: this.#maybe(dict, 'excluded', isId),
      key: this.#maybe(dict, 'rkeyHash', isHash),
      owner: this.#maybe(dict, 'owner', isText),
      isRetained: dict['retained'] === true,
      payload: this.#payload(dict),
    }
  }

  #payload(dict: Dict): DurablePayload | undefined {
    const octets = this.#maybe(dict, 'payload', isDict)
    if (octets !== undefined) {
      const [serializer, count] = [this.#of(octets, 'serializer', isSerializer), this.#of(octets, 'count', isCount)]
      const raw = Uint8Array.from(Buffer.from(this.#of(octets, 'base64', isText), 'base64'))
      return { serializer, count, raw }
    }
    const [args, kwargs] = [dict['args'], this.#maybe(dict, 'kwargs', isDict)]
    if (args === undefined && kwargs === undefined) return undefined
    const items = kwargs === undefined ? [args] : [args ?? [], kwargs]
    try {
      return { serializer: 'json', count: kwargs === undefined ? 1 : 2, raw: this.#json.encodeItems(items) }
    } catch (error) {
      if (error instanceof PayloadError) throw this.#fault(`args, kwargs: ${error.message}`)
      throw error
    }
  }

  #consumer(dict: Dict): DurableConsumer {
    const attempts = this.#of(dict, 'attempts', isPairs)
    return {
      name: this.#of(dict, 'name', isText),
      filter: filterOf(logNameOf(this.#of(dict, 'topic', isText))),
      principal: this.#of(dict, 'principal', isText),
      settings: this.#settings(this.#of(dict, 'settings', isDict)),
      created: this.#of(dict, 'created', isId),
      isPaused: dict['isPaused'] === true,
      acked: this.#of(dict, 'acked', isId),
      ackedAbove: this.#of(dict, 'ackedAbove', isIds),
      attempts: new Map(attempts),
    }
  }

  #settings(dict: Dict): DurableConsumer['settings'] {
    return {
      maxInFlight: this.#of(dict, 'maxInFlight', isId),
      ackWaitMs: this.#of(dict, 'ackWaitMs', isId),
      attempts: this.#maybe(dict, 'attempts', isId),
      deadLetters: this.#maybe(dict, 'deadLetters', isText),
    }
  }

  #keep(dict: Dict): KeepRule {
    const [events, bytes, ageMs] = ['events', 'bytes', 'ageMs'].map((name) => this.#maybe(dict, name, isId))
    return { events, bytes, ageMs }
  }

  #of<T>(dict: Dict, name: string, is: (value: unknown) => value is T): T {
    const value = this.#maybe(dict, name, is)
    if (value === undefined) throw this.#fault(`'${name}' is missing`)
    return value
  }

  #maybe<T>(dict: Dict, name: string, is: (value: unknown) => value is T): T | undefined {
    const value = dict[name]
    if (value === undefined || is(value)) return value
    throw this.#fault(`'${name}' has a value that it cannot have`)
  }

  #fault(text: string): UsageError {
    return new UsageError(`line ${this.#line}: ${text}`)
  }
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isHash(value: unknown): value is number {
  return isId(value) && value <= 0xffff_ffff
}

function isIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isId)
}

function isPairs(value: unknown): value is readonly (readonly [number, number])[] {
  return Array.isArray(value) && value.every((each) => isIds(each) && each.length === 2)
}

function isSerializer(value: unknown): value is DurablePayload['serializer'] {
  return value === 'json' || value === 'msgpack' || value === 'cbor'
}

function isCount(value: unknown): value is DurablePayload['count'] {
  return value === 1 || value === 2
}
