// One client of a check: sends lists as they are, right or wrong, and waits for what the router sends.

import type { SerializerName } from '@trunkline/protocol'
import { ERROR, MESSAGES, PUBLISHED, REGISTERED, RESULT, SUBSCRIBED, UNREGISTERED, UNSUBSCRIBED } from '@trunkline/protocol'
import { JsonText } from '../json-text.ts'
import { serializerFor, valueOf } from '../wire/read-message.ts'
import type { Wire, WirePlace } from './wire.ts'
import { openWire } from './wire.ts'

/** The router did not do what a check expects. */
export class Unexpected extends Error {}

/** A message as a list: its type, then its elements. */
export type List = readonly unknown[]

export class Peer {
  readonly serializer: SerializerName
  /** The Details of WELCOME. */
  details: Readonly<Record<string, unknown>> = {}
  session = 0
  /** Whether the last message was text. */
  wasText = false
  readonly #form
  readonly #patienceMs: number
  readonly #inbox: List[] = []
  #wire: Wire | undefined
  #isClosed = false
  #request = 0
  #wake = (): void => {}

  constructor(serializer: SerializerName, patienceMs: number) {
    this.serializer = serializer
    this.#form = serializerFor(serializer)
    this.#patienceMs = patienceMs
  }

  /** Connects. Rejects when there is no connection. */
  async connect(place: WirePlace): Promise<void> {
    this.#wire = await openWire(place, this.serializer, {
      onMessage: (octets, isText) => {
        this.wasText = isText
        this.#inbox.push(this.#listOf(octets))
        this.#wake()
      },
      onClose: () => {
        this.#isClosed = true
        this.#wake()
      },
    })
  }

  send(...list: List): void {
    this.sendOctets(this.#form.encodeItems([list]))
  }

  sendOctets(octets: Uint8Array, isText = this.serializer === 'json'): void {
    this.#wire?.send(octets, isText)
  }

  /** Sends a message in two fragments, if the transport has any. */
  sendFragmented(...list: List): void {
    const octets = this.#form.encodeItems([list])
    if (this.#wire?.sendFragmented === undefined) this.sendOctets(octets)
    else this.#wire.sendFragmented(octets, this.serializer === 'json')
  }

  /** Sends a request with the next id; resolves to its answer, of whatever kind. */
  async request(type: number, ...rest: List): Promise<List> {
    return this.answer(type, this.ask(type, ...rest))
  }

  /** Sends a request with the next id, which it returns. */
  ask(type: number, ...rest: List): number {
    const id = ++this.#request
    this.send(type, id, ...rest)
    return id
  }

  /** The answer to a request. */
  answer(type: number, id: number): Promise<List> {
    const isAnswer = (list: List): boolean =>
      (ANSWERS.includes(Number(list[0])) && list[1] === id) || (list[0] === ERROR && list[1] === type && list[2] === id)
    return this.take(isAnswer, `the answer to ${nameOf(type)} ${id}`)
  }

  /** Sends a request whose answer has to be of a type; resolves to it. */
  async granted(answer: number, type: number, ...rest: List): Promise<List> {
    return expectType(await this.request(type, ...rest), answer)
  }

  /** The next message of a type; others that came before stay. */
  message(type: number): Promise<List> {
    return this.take((list) => list[0] === type, nameOf(type))
  }

  /** The next message of any kind; undefined when the connection is closed before one. */
  async next(): Promise<List | undefined> {
    try {
      return await this.take(() => true, 'a message')
    } catch (error) {
      if (this.#isClosed) return undefined
      throw error
    }
  }

  /** What has come and was not taken. */
  get rest(): readonly List[] {
    return this.#inbox
  }

  /** Waits until the router closes the connection. */
  async closed(): Promise<void> {
    await this.#until(() => this.#isClosed, 'the end of the connection')
  }

  async take(isMeant: (list: List) => boolean, what: string): Promise<List> {
    let found = -1
    await this.#until(() => {
      found = this.#inbox.findIndex(isMeant)
      return found >= 0 || this.#isClosed
    }, what)
    const [list] = found < 0 ? [] : this.#inbox.splice(found, 1)
    if (list !== undefined) return list
    throw new Unexpected(
      `the connection ended before ${what}${this.#inbox.length === 0 ? '' : `, after ${shown(this.#inbox.at(-1) ?? [])}`}`,
    )
  }

  cut(): void {
    this.#wire?.cut()
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const end = Date.now() + this.#patienceMs
    while (!isSo()) {
      const left = end - Date.now()
      if (left <= 0) {
        const last = this.#inbox.at(-1)
        throw new Unexpected(`${what} did not come within ${this.#patienceMs / 1_000} s${last === undefined ? '' : `, but ${shown(last)}`}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  #listOf(octets: Uint8Array): List {
    const list = valueOf(octets, this.#form)
    return Array.isArray(list) ? list : [list]
  }
}

const ANSWERS: readonly number[] = [PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, RESULT, REGISTERED, UNREGISTERED]

/** @throws {Unexpected} when a message is of another type */
export function expectType(list: List, type: number): List {
  if (list[0] !== type) throw new Unexpected(`expected ${nameOf(type)}, got ${shown(list)}`)
  return list
}

/** @throws {Unexpected} when a message is no ERROR, or has another URI */
export function expectError(list: List, ...uris: readonly string[]): void {
  expectType(list, ERROR)
  if (uris.length > 0 && !uris.includes(String(list[4]))) throw new Unexpected(`expected ${uris.join(' or ')}, got ${shown(list)}`)
}

/** @throws {Unexpected} when a value is another than expected */
export function expectSame(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [sorted(found), sorted(expected)].map((value) => new JsonText().line(value ?? null))
  if (a !== b) throw new Unexpected(`${what}: expected ${b}, got ${a}`)
}

/** @throws {Unexpected} when a condition does not hold */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Unexpected(what)
}

/** A value whose dicts have their keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

function nameOf(type: number): string {
  return MESSAGES.find(({ code }) => code === type)?.name ?? `the type ${type}`
}

function shown(list: List): string {
  const [type, ...rest] = list
  return `${nameOf(Number(type))} ${new JsonText().line(rest).slice(0, 200)}`
}
