// One look at live traffic as lines: which it shows, how many, and what is kept until they are sent.

import { Payload } from '@trunkline/protocol'
import type { Actor, CallAnswer, CallOnItsWay, CallSeen, Entry, EventSeen, OnCallEnd, RefusedRequest, TableChange } from '@trunkline/router'
import type { ShownPayload } from './shown-payload.ts'
import { MOST_OCTETS } from './shown-payload.ts'
import type { Look } from './traffic.ts'
import { TICKS_A_SECOND } from './traffic.ts'
import type { TrafficWish } from './traffic-filter.ts'
import { TrafficFilter } from './traffic-filter.ts'
import type { Happening, TrafficLine } from './traffic-line.ts'
import { trafficLine } from './traffic-line.ts'

export interface TailWish extends TrafficWish {
  readonly failed?: boolean | undefined
  readonly least_ms?: number | undefined
  readonly rate?: number | undefined
}

/** What one process has seen in a moment. */
export interface TailPart {
  readonly lines: readonly TrafficLine[]
  /** Further ones that were wanted. */
  readonly skipped: number
}

/** The operator who looks. */
export interface Reader<Part> {
  send(part: Part): void
  /** Whether its queue has room. */
  hasRoom(): boolean
}

export const DEFAULT_RATE = 100
const LOOKING = 'trunkline.admin.view.'
/** Calls that one tail follows at a time until they end. */
const MOST_OPEN = 10_000
/** Octets of payload, as it came, that one tail takes between two messages, and keeps with open calls. */
const MOST_PAYLOAD = 65_536
const MOST_PAYLOAD_OPEN = 1_048_576

export class Tail implements Look {
  readonly #filter: TrafficFilter
  readonly #wish: TailWish
  readonly #payload: (() => ShownPayload) | undefined
  /** Lines are chosen by how they end. */
  readonly #isPicky: boolean
  #lines: TrafficLine[] = []
  #skipped = 0
  /** Lines that may still be begun before the next message, and octets of their payload. */
  #left = 0
  #payloadLeft = MOST_PAYLOAD
  #open = 0
  #payloadOpen = 0
  /** Lines that one message may have. */
  #most = 0
  readonly #reader: Reader<TailPart>

  /** @param payload absent: without payload */
  constructor(wish: TailWish, reader: Reader<TailPart>, payload: (() => ShownPayload) | undefined) {
    this.#reader = reader
    this.#filter = new TrafficFilter(wish)
    this.#wish = wish
    this.#payload = payload
    this.#isPicky = wish.failed === true || wish.least_ms !== undefined
  }

  called(realm: string, call: CallOnItsWay, { procedure: uri, payload }: CallSeen): OnCallEnd | undefined {
    const { caller, callee } = call
    if (!this.#filter.fits('call', realm, uri) || !this.#filter.isOf(caller, callee) || this.#isLook(uri)) return undefined
    // Those that are chosen by their end count when they end.
    if (this.#open >= MOST_OPEN || (!this.#isPicky && this.#left-- <= 0)) return this.#skip()
    this.#open++
    const begun = performance.now()
    const [octets, kept] = [payload?.raw.length, this.#keep(uri, payload)]
    return ({ callee: last }, outcome, answer) => {
      this.#open--
      if (kept !== undefined) this.#payloadOpen -= kept.raw.length
      const milliseconds = performance.now() - begun
      if (!this.#isWanted(outcome, milliseconds) || !this.#hasRoom()) return
      const shown = octets !== undefined && kept === undefined ? undefined : this.#exchange(uri, kept, answer)
      this.#add({ kind: 'call', realm, uri, from: caller, to: last, outcome, error: answer?.error, milliseconds, octets, payload: shown })
    }
  }

  published(realm: string, from: Actor, { topic: uri, payload }: EventSeen, deliveries: number): void {
    if (this.#isPicky || !this.#filter.fits('publish', realm, uri) || !this.#filter.isOf(from)) return
    if (this.#left-- <= 0) return this.#skip()
    const octets = payload?.raw.length
    this.#add({ kind: 'publish', realm, uri, from, outcome: 'done', deliveries, octets, payload: this.#payloadOf(uri, payload) })
  }

  refused(realm: string, from: Actor, { kind, uri, payload, outcome, error }: RefusedRequest): void {
    if (this.#wish.least_ms !== undefined || !this.#filter.fits(kind, realm, uri) || !this.#filter.isOf(from)) return
    if (this.#left-- <= 0) return this.#skip()
    const octets = payload?.raw.length
    this.#add({ kind, realm, uri, from, outcome, error, octets, payload: this.#payloadOf(uri, payload) })
  }

  changed(kind: TableChange, realm: string, from: Actor, entry?: Entry): void {
    if (this.#isPicky || !this.#filter.fits(kind, realm, entry?.uri) || !this.#filter.isOf(from)) return
    if (this.#left-- <= 0) return this.#skip()
    this.#add({ kind, realm, uri: entry?.uri, match: entry?.match, from, outcome: 'done' })
  }

  tick(lines: number): void {
    this.#left = Math.min(lines, Math.ceil((this.#wish.rate ?? DEFAULT_RATE) / TICKS_A_SECOND))
    this.#most = 2 * this.#left
    this.#payloadLeft = MOST_PAYLOAD
    this.flush()
  }

  /** Sends what has come, if the reader is fast enough; else it is dropped. */
  flush(): void {
    if (this.#lines.length + this.#skipped === 0) return
    const part = { lines: this.#lines, skipped: this.#skipped }
    this.#lines = []
    this.#skipped = 0
    if (this.#reader.hasRoom()) this.#reader.send(part)
    else this.#skipped = part.skipped + part.lines.length
  }

  /** Calls by which operators look at the router are shown only where they are asked for: a page makes some each second. */
  #isLook(uri: string): boolean {
    return this.#wish.uri === undefined && uri.startsWith(LOOKING)
  }

  #isWanted(outcome: string, milliseconds: number): boolean {
    if (this.#wish.failed === true && outcome === 'result') return false
    return milliseconds >= (this.#wish.least_ms ?? 0)
  }

  /** Whether the end of a call may be shown now: very many may end at once. */
  #hasRoom(): boolean {
    const hasRoom = this.#isPicky ? this.#left-- > 0 : this.#lines.length < this.#most
    if (!hasRoom) this.#skipped++
    return hasRoom
  }

  #add(happening: Happening): void {
    this.#lines.push(trafficLine(happening))
  }

  #skip(): undefined {
    this.#skipped++
  }

  /** The payload of a call until it ends; undefined where it will not be shown. */
  #keep(uri: string, payload: Payload | undefined): Payload | undefined {
    if (payload?.format === undefined || this.#payload?.().mayShow(uri) !== true) return undefined
    const { format, raw, count } = payload
    if (raw.length > MOST_OCTETS || this.#payloadOpen + raw.length > MOST_PAYLOAD_OPEN) return undefined
    this.#payloadOpen += raw.length
    return Payload.fromRaw(format, raw.slice(), count)
  }

  /** Payload of a call and of its answer. */
  #exchange(uri: string, asked: Payload | undefined, answer: CallAnswer | undefined): unknown {
    const shown = this.#payloadOf(uri, asked)
    if (shown === undefined || answer === undefined) return shown
    const answered = this.#payloadOf(uri, answer.payload)
    return { ...shown, [answer.error === undefined ? 'result' : 'error']: answered }
  }

  #payloadOf(uri: string, payload: Payload | undefined): Readonly<Record<string, unknown>> | undefined {
    const octets = Math.min(payload?.raw.length ?? 0, MOST_OCTETS)
    if (this.#payload?.().mayShow(uri) !== true || this.#payloadLeft < octets) return undefined
    this.#payloadLeft -= octets
    return this.#payload().of(payload)
  }
}
