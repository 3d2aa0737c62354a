// Events of some topics as one answer that stays open (Server-Sent Events). It is a session of its own: what its client does not read
// waits in the queue of that session, and ends it like that of any slow subscriber.

import type { ServerResponse } from 'node:http'
import type { Dict, EventMessage, Message, Serializer } from '@trunkline/protocol'
import { EPOCH, GAP, LARGE_MESSAGE, POSITION, REASON, RECOVERED, SUBSCRIBE, uris } from '@trunkline/protocol'
import type { Sweepable } from '../connections.ts'
import { BodyError, onOneLine } from './bodies.ts'
import type { DoorSession, SessionWatcher } from './door-session.ts'
import { textOfId } from './event-id.ts'
import type { EventRequest } from './event-request.ts'
import type { Failure } from './failure.ts'
import { problemBody } from './failure.ts'
import type { SharedEvents } from './shared-events.ts'

export interface EventStreamParts {
  readonly response: ServerResponse
  readonly json: Serializer
  readonly events: SharedEvents
  /** Ticks without an event after which a comment shows that the connection lives, and in which a client has to take the last words. */
  readonly quietTicks: number
  /** Answers a failure before the stream has begun. */
  readonly refuse: (failure: Failure) => void
  /** Called once, when the stream is over. */
  readonly onGone: (stream: EventStream) => void
}

/** Clients come back spread over this time. */
const [LEAST_RETRY_MS, RETRY_SPREAD_MS] = [1_000, 4_000]

/** One of its topics. */
interface Source {
  readonly topic: string
  position: number | undefined
  /** What the router said of what was missed. */
  recovery: Dict
}

export class EventStream implements Sweepable, SessionWatcher {
  readonly #parts: EventStreamParts
  readonly #asked: EventRequest
  readonly #sources: Source[]
  readonly #bySubscription = new Map<number, Source[]>()
  #session: DoorSession | undefined
  #epoch: string | undefined
  #missing: number
  #hasEnded = false
  #lines: Buffer[] = []
  #ticks = 0
  #unsent = 0

  constructor(asked: EventRequest, parts: EventStreamParts) {
    this.#asked = asked
    this.#parts = parts
    this.#sources = asked.topics.map((topic) => ({ topic, position: undefined, recovery: {} }))
    this.#missing = asked.topics.length
    parts.response.once('close', () => this.#closed())
  }

  /** Subscribes, once its session is open. */
  begin(session: DoorSession): void {
    this.#session = session
    session.use()
    session.whenOpen((failure) => {
      if (this.#hasEnded) return
      if (failure !== undefined) return this.end(failure)
      try {
        for (const [i, source] of this.#sources.entries()) this.#subscribe(session, source, this.#asked.options[i] ?? {})
      } catch (error) {
        if (!(error instanceof BodyError)) throw error
        this.end({ error: uris.INVALID_ARGUMENT, detail: error.message })
      }
    })
  }

  #subscribe(session: DoorSession, source: Source, options: Dict): void {
    session.ask(
      { type: SUBSCRIBE, uri: source.topic, options, payload: undefined },
      {
        onSubscribed: (subscription, details) => this.#subscribed(subscription, details, source),
        onFailure: (refused) => this.end(refused),
      },
    )
  }

  /** Takes an event of its session, whose octets are valid now only. */
  onEvent(event: EventMessage): void {
    if (this.#hasEnded) return
    const [source, ...others] = this.#bySubscription.get(event.subscription) ?? []
    if (source === undefined) return
    const { [GAP]: missed, [POSITION]: position, topic = source.topic } = event.details
    if (typeof missed === 'number') this.#line('gap', Buffer.from(JSON.stringify({ topic: source.topic, missed })))
    if (typeof position === 'number') for (const each of [source, ...others]) each.position = position
    this.#send(undefined, this.#parts.events.dataOf(event, topic))
  }

  decode(bytes: Uint8Array): Message {
    return this.#parts.events.decode(bytes)
  }

  /** Ends it with the reason: as an answer of its own if nothing was sent yet, else as the last event. */
  end(failure: Failure): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const { response, json } = this.#parts
    if (!response.headersSent) return this.#parts.refuse(failure)
    this.#line('end', problemBody(json, failure))
    this.#flush()
    response.end()
    this.#ticks = 0
  }

  onTick(): void {
    if (++this.#ticks < this.#parts.quietTicks || !this.#parts.response.headersSent) return
    this.#ticks = 0
    if (this.#hasEnded) this.destroy()
    else if (this.#unsent === 0) {
      this.#push(ALIVE)
      this.#flush()
    }
  }

  destroy(): void {
    this.#parts.response.destroy()
  }

  #subscribed(subscription: number, details: Dict | undefined, source: Source): void {
    const known = this.#bySubscription.get(subscription)
    this.#bySubscription.set(subscription, [...(known ?? []), source])
    const { [EPOCH]: epoch, [POSITION]: position, [RECOVERED]: recovered, [REASON]: reason } = details ?? {}
    if (typeof epoch === 'string') this.#epoch = epoch
    if (typeof position === 'number') source.position = position
    if (recovered !== undefined) source.recovery = { recovered, reason }
    if (--this.#missing > 0) return
    this.#parts.response.writeHead(200, HEADERS)
    // Events of topics that were subscribed to first may have come by now.
    const early = this.#lines
    this.#lines = []
    this.#push(Buffer.from(`retry: ${Math.round(LEAST_RETRY_MS + Math.random() * RETRY_SPREAD_MS)}\n`))
    this.#line('ready', Buffer.from(JSON.stringify({ topics: this.#sources.map(({ topic, recovery }) => ({ topic, ...recovery })) })))
    this.#lines.push(...early)
    this.#flush()
  }

  #line(type: string, json: Buffer): void {
    this.#send(type, onOneLine(json, 2))
  }

  /** Lines of one turn leave together. */
  #send(type: string | undefined, data: Buffer): void {
    const id =
      this.#epoch === undefined ? '' : `id: ${textOfId({ epoch: this.#epoch, positions: this.#sources.map(({ position }) => position) })}\n`
    const head = `${type === undefined ? '' : `event: ${type}\n`}${id}data: `
    if (this.#lines.length === 0) queueMicrotask(() => this.#flush())
    this.#push(Buffer.from(head))
    this.#push(data)
  }

  /** What has not reached the kernel counts to the session, also before it is written. */
  #push(octets: Buffer): void {
    this.#lines.push(octets)
    this.#count(octets.length)
  }

  #flush(): void {
    const { response } = this.#parts
    if (this.#lines.length === 0 || !response.headersSent || response.destroyed || response.writableEnded) return
    const lines = this.#lines
    this.#lines = []
    this.#ticks = 0
    // The data of a long event is one piece for all streams: a copy for each would take time and memory. node:http writes the pieces together.
    const isLong = lines.some(({ length }) => length >= LARGE_MESSAGE)
    for (const octets of isLong ? lines : [Buffer.concat(lines)]) response.write(octets, () => this.#count(-octets.length))
  }

  #count(octets: number): void {
    this.#unsent += octets
    if (octets < 0) this.#session?.removeUnsent(-octets)
    else this.#session?.addUnsent(octets)
  }

  #closed(): void {
    this.#hasEnded = true
    const session = this.#session
    if (session !== undefined) {
      session.retire()
      session.release()
    }
    this.#parts.onGone(this)
  }
}

const ALIVE = Buffer.from(':\n\n')
// nginx would collect what it gets, and others would compress it.
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
}
