// Limits the log: lines of at most 1 kB, and not too many about one session or address, so that no input can fill a disk or slow
// the router down. Counts each line that it drops.

import type { Counters } from './core/index.ts'
import { networkOf } from './core/index.ts'
import { siteOf } from './ipv6-site.ts'
import type { Clock, Log, LogArea, LogFields, LogLevel } from './core/ports/index.ts'

/** How many lines may come at once, and how many a second after that. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface LogBounds {
  /** The rate of lines about one address. */
  readonly peerRate: Rate
  /** The most sessions and addresses with a rate of their own at a time. */
  readonly mostBuckets: number
}

interface Bucket {
  readonly rate: Rate
  left: number
  at: number
  /** Lines dropped since the last one that was written. */
  dropped: number
}

/** A log that writes nothing. */
export const SILENT: Log = { error() {}, warn() {}, info() {}, debug() {}, isLogged: () => false }

export class BoundedLog implements Log {
  readonly #log: Log
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #peerRate: Rate
  readonly #mostBuckets: number
  readonly #buckets = new Map<string, Bucket>()
  #lookedAt = 0

  constructor(log: Log, clock: Clock, counters: Counters, { peerRate, mostBuckets }: LogBounds = BOUNDS) {
    this.#log = log
    this.#clock = clock
    this.#counters = counters
    this.#peerRate = peerRate
    this.#mostBuckets = mostBuckets
  }

  error(event: string, fields: LogFields): void {
    this.#write('error', event, fields)
  }

  warn(event: string, fields: LogFields): void {
    this.#write('warn', event, fields)
  }

  info(event: string, fields: LogFields): void {
    this.#write('info', event, fields)
  }

  debug(event: string, fields: LogFields): void {
    this.#write('debug', event, fields)
  }

  isLogged(level: LogLevel, area: LogArea): boolean {
    return this.#log.isLogged?.(level, area) ?? true
  }

  /** A line that is not logged takes nothing from the rate of those that are. */
  #write(level: LogLevel, event: string, fields: LogFields): void {
    if (!this.isLogged(level, fields.area)) return
    const admitted = this.#admit(event, fields)
    if (admitted !== undefined) this.#log[level](event, admitted)
  }

  /** The fields of a line that may be written: shortened, with `suppressed` after dropped lines; undefined where it is dropped. */
  #admit(event: string, fields: LogFields): LogFields | undefined {
    const buckets = this.#bucketsOf(event, fields)
    for (const bucket of buckets) this.#refill(bucket)
    const empty = buckets.find(({ left }) => left < 1)
    if (empty !== undefined) {
      empty.dropped++
      this.#counters.logLinesDropped++
      return undefined
    }
    let suppressed = 0
    for (const bucket of buckets) {
      bucket.left--
      suppressed += bucket.dropped
      bucket.dropped = 0
    }
    return shortened(suppressed === 0 ? fields : { ...fields, suppressed })
  }

  /**
   * A line about a session counts to the session and to its address, since a client can quickly open new sessions. A line without a
   * peer counts to its event, since any client may have caused it.
   */
  #bucketsOf(event: string, { session, peer, address }: LogFields): Bucket[] {
    const buckets: Bucket[] = []
    if (typeof session === 'number') buckets.push(this.#bucket(`session ${session}`, SESSION_RATE))
    // Behind a proxy all clients have the same peer, but not the same address.
    if (typeof address === 'string') buckets.push(...this.#bucketsOfAddress(networkOf(address)))
    else if (typeof peer === 'string') buckets.push(this.#bucket(`peer ${peer.replace(/:\d+$/, '')}`, this.#peerRate))
    if (buckets.length === 0) buckets.push(this.#bucket(`event ${event}`, this.#peerRate))
    return buckets
  }

  /** Who has one network of IPv6 often has 65,536: all of a site count together too. */
  #bucketsOfAddress(network: string): Bucket[] {
    const own = this.#bucket(`peer ${network}`, this.#peerRate)
    const site = siteOf(network)
    if (site === undefined) return [own]
    const { burst, perSecond } = this.#peerRate
    return [own, this.#bucket(`site ${site}`, { burst: SITE_FACTOR * burst, perSecond: SITE_FACTOR * perSecond })]
  }

  #bucket(name: string, rate: Rate): Bucket {
    const known = this.#buckets.get(name)
    if (known !== undefined) return known
    if (this.#buckets.size >= this.#mostBuckets) this.#forgetFull()
    // When all rates are in use, new sessions and addresses share one.
    if (this.#buckets.size >= this.#mostBuckets && name !== OTHERS) return this.#bucket(OTHERS, this.#peerRate)
    const bucket: Bucket = { rate, left: rate.burst, at: this.#clock.monotonic(), dropped: 0 }
    this.#buckets.set(name, bucket)
    return bucket
  }

  #refill(bucket: Bucket): void {
    const { rate, left, at } = bucket
    const now = this.#clock.monotonic()
    bucket.left = Math.min(rate.burst, left + (Math.max(0, now - at) / 1000) * rate.perSecond)
    bucket.at = now
  }

  /** Removes full buckets, which are the same as new ones. Looks through all at most once a second. */
  #forgetFull(): void {
    const now = this.#clock.monotonic()
    if (now - this.#lookedAt < 1000) return
    this.#lookedAt = now
    for (const [name, bucket] of this.#buckets) {
      this.#refill(bucket)
      if (bucket.left >= bucket.rate.burst) this.#buckets.delete(name)
    }
  }
}

/** Shortens texts, which share the octets of a line: what does not fit is cut. */
export function shortened<Line extends object>(fields: Line): Line {
  if (!Object.values(fields).some(isLong) && octetsOf(fields) <= MOST_FIELD_OCTETS) return fields
  let left = MOST_FIELD_OCTETS
  const short: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
    left -= octetsOf(name) + 2
    // The end of a long text is cut first, or each later cut would measure it again.
    short[name] = typeof text === 'string' ? cut(isLong(text) ? text.slice(0, MOST_FIELD_OCTETS + 1) : text, left) : text
    left -= octetsOf(short[name])
  }
  return short as Line
}

/** Whether a text has more characters than a line has octets. */
function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > MOST_FIELD_OCTETS
}

function cut(text: string, most: number): string {
  let [short, octets] = [text, octetsOf(text)]
  while (octets > most && short.length > 0) {
    short = short.slice(0, Math.max(0, Math.min(short.length - 1, Math.floor((short.length * (most - MARK_OCTETS)) / octets))))
    octets = octetsOf(`${short}…`)
  }
  return short.length === text.length ? text : `${short}…`
}

/** The octets of a value in JSON, with all control characters escaped, as logs for terminals do. */
function octetsOf(value: unknown): number {
  if (value === undefined) return 0
  const text = JSON.stringify(value)
  return Buffer.byteLength(text) + MOST_ESCAPE_GROWTH * (text.match(UNESCAPED)?.length ?? 0)
}

/** Characters that JSON does not escape and a log for terminals does. */
const UNESCAPED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g
/** One octet becomes six. */
const MOST_ESCAPE_GROWTH = 5

const SESSION_RATE: Rate = { burst: 10, perSecond: 1 }
const BOUNDS: LogBounds = { peerRate: { burst: 100, perSecond: 10 }, mostBuckets: 10_000 }
const OTHERS = 'others'
/** A site may have as many lines as so many networks. */
const SITE_FACTOR = 10
/** A line is 1 kB at most: the rest is for level, time and event. */
const MOST_FIELD_OCTETS = 800
/** The mark that something was cut. */
const MARK_OCTETS = 3
