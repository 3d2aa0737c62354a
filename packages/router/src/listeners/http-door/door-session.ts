// A session that requests of HTTP share: the client's end of a connection inside the process, with the rights of its login. What it asks
// goes through the same checks as what comes from any client. Knows nothing of HTTP.

import type { Dict, EventMessage, Message, Payload, Serializer, SerializerName } from '@trunkline/protocol'
import {
  ABORT,
  AUTHENTICATE,
  CALL,
  CANCEL,
  CHALLENGE,
  EMPTY_DICT,
  ERROR,
  EVENT,
  GOODBYE,
  headerElements,
  headerLimits,
  HELLO,
  messageFromElements,
  payloadOf,
  PUBLISHED,
  RESULT,
  SUBSCRIBE,
  SUBSCRIBED,
  UNSUBSCRIBED,
  uris,
  valuesIn,
  WELCOME,
} from '@trunkline/protocol'
import type { CloseCause, Transport, TransportInfo, TransportOwner } from '../../core/ports/index.ts'
import type { Sweepable } from '../connections.ts'
import { BodyError } from './bodies.ts'
import type { Credentials } from './credentials.ts'
import type { Failure } from './failure.ts'
import type { Order } from './orders.ts'

/** Who waits for the answer to a request. Called in a turn of the router: what is given is valid during the call only. */
export interface Asker {
  /** @param isLast false for a progressive result */
  onResult?(payload: Payload | undefined, isLast: boolean): void
  onPublished?(publication: number): void
  onSubscribed?(subscription: number, details: Dict | undefined): void
  onFailure(failure: Failure): void
}

export interface DoorSessionOptions {
  readonly realm: string
  readonly format: Serializer
  readonly info: TransportInfo
  readonly credentials: Credentials
  readonly maxReceiveBytes: number
  /** Until when it takes requests, by `performance.now()`. */
  readonly until: number
  /** Ticks without a request after which it ends. */
  readonly idleTicks: number
  /** Called once, when it takes no more requests. */
  readonly onEnd: () => void
  /** Called once, when nothing of it is left. */
  readonly onGone: () => void
  readonly onError: (error: unknown) => void
  /** Whose session it is alone, if it has subscriptions. */
  readonly watcher?: SessionWatcher | undefined
}

/** What subscriptions bring. Called in a turn of the router: what is given is valid during the call only. */
export interface SessionWatcher {
  onEvent(event: EventMessage): void
  /** Reads a message of the router. */
  decode(bytes: Uint8Array): Message
  /** The session has ended, or a subscription. */
  end(failure: Failure): void
}

/** Answers that wait for slow clients; beyond it the router keeps the others, in bounds. */
const FULL_OCTETS = 1_048_576
/** The same for the events of one client. */
const FULL_OF_EVENTS = 65_536
/** Requests that wait while the session has sent more messages than its rate allows. */
const MOST_WAITING = 64

export class DoorSession implements Transport, Sweepable {
  readonly serializer: SerializerName
  readonly maxSendBytes = Number.MAX_SAFE_INTEGER
  readonly maxReceiveBytes: number
  readonly info: TransportInfo
  owner: TransportOwner | undefined
  readonly #options: DoorSessionOptions
  readonly #asked = new Map<number, Asker>()
  /** Requests that came before the login was over. */
  #early: ((failure: Failure | undefined) => void)[] | undefined = []
  #end: Failure | undefined
  #isOpen = false
  #isGone = false
  #next = 1
  #isPaused = false
  /** Messages that wait until the router reads again. */
  #waiting: Uint8Array[] = []
  #unsent = 0
  #users = 0
  /** Batches that are open. */
  batches = 0
  #ticks = 0

  constructor(options: DoorSessionOptions) {
    this.#options = options
    this.serializer = options.format.name
    this.maxReceiveBytes = options.maxReceiveBytes
    this.info = options.info
  }

  /** Whose share what its requests hold counts to. */
  get holder(): string {
    return this.owner?.holder ?? this.info.peer
  }

  /** Whether it is neither over nor too old for another request. */
  get takesRequests(): boolean {
    return this.#end === undefined && performance.now() < this.#options.until
  }

  get isWritable(): boolean {
    return this.#unsent < (this.#options.watcher === undefined ? FULL_OCTETS : FULL_OF_EVENTS)
  }

  get pendingBytes(): number {
    return this.#unsent
  }

  /** Begins to log in. @param accept makes its owner */
  begin(accept: (session: DoorSession) => TransportOwner): void {
    this.owner = accept(this)
    const { realm, credentials } = this.#options
    const { authmethods, authid } = credentials
    const details = { roles: ROLES, authmethods, ...(authid === undefined ? {} : { authid }) }
    if (this.#end === undefined) this.#send({ type: HELLO, realm, details })
  }

  /** Calls back once the session is open, or with the reason why it will not be: at once where that is known. */
  whenOpen(then: (failure: Failure | undefined) => void): void {
    if (this.#end !== undefined || this.#early === undefined) then(this.#end)
    else this.#early.push(then)
  }

  /** Counts a request that uses the session: it is not idle until {@link release}. */
  use(): void {
    this.#users++
  }

  release(): void {
    this.#users--
    this.#ticks = 0
    if (this.#end !== undefined && this.#users === 0) this.#leave()
  }

  /**
   * Sends a CALL or PUBLISH whose answer the asker gets.
   * @returns its number, for {@link cancel}; undefined when the asker got a failure at once
   * @throws {ProtocolError} when an option has the wrong type; {@link BodyError} when the URI or an option is no text that can be sent;
   * {@link PayloadError} when a value cannot be sent
   */
  ask({ type, uri, options, payload }: Order, asker: Asker): number | undefined {
    // The session may have ended while the body came.
    const failure = this.#isOpen ? undefined : (this.#end ?? RETIRED)
    if (failure !== undefined || this.#waiting.length >= MOST_WAITING) {
      asker.onFailure(failure ?? TOO_FAST)
      return undefined
    }
    const request = this.#next
    const message = messageOf({ type, uri, options, payload }, request)
    checkHeader(message)
    const bytes = this.#options.format.encode(message)
    this.#asked.set(request, asker)
    this.#next++
    this.#pass(bytes)
    return request
  }

  /** The asker has gone: its answer has no use any more. */
  forget(request: number): void {
    this.#asked.delete(request)
  }

  /** The same for a call, which is cancelled. */
  cancel(request: number): void {
    if (!this.#asked.delete(request) || this.#end !== undefined) return
    this.#pass(this.#options.format.encode({ type: CANCEL, request, options: { mode: 'killnowait' } }))
  }

  /** Octets of answers that clients have not taken yet. */
  addUnsent(octets: number): void {
    this.#unsent += octets
    if (!this.isWritable) this.owner?.onFull?.()
  }

  removeUnsent(octets: number): void {
    const wasFull = !this.isWritable
    this.#unsent -= octets
    if (wasFull && this.isWritable) this.#guard(() => this.owner?.onDrain())
  }

  /** Takes no more requests; those that are open still get their answers. */
  retire(): void {
    this.#finish(RETIRED)
  }

  onTick(): void {
    if (this.#users === 0 && ++this.#ticks > this.#options.idleTicks) this.retire()
  }

  send(bytes: Uint8Array): void {
    const { watcher, format } = this.#options
    this.#guard(() => this.#receive(watcher === undefined ? format.decode(bytes) : watcher.decode(bytes)))
  }

  close(_cause: CloseCause): void {
    this.#fail({ error: uris.CLOSE_REALM, detail: 'the session has ended' })
    queueMicrotask(() => this.#leave())
  }

  destroy(): void {
    this.close('normal')
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    queueMicrotask(() => this.#flush())
  }

  #receive(message: Message): void {
    switch (message.type) {
      case RESULT:
        return this.#answered(message.request, message.details['progress'] !== true, (asker, isLast) =>
          asker.onResult?.(message.payload, isLast),
        )
      case PUBLISHED:
        return this.#answered(message.request, true, (asker) => asker.onPublished?.(message.publication))
      case SUBSCRIBED:
        return this.#answered(message.request, true, (asker) => asker.onSubscribed?.(message.subscription, message.details))
      case EVENT:
        return this.#options.watcher?.onEvent(message)
      case UNSUBSCRIBED:
        return this.#options.watcher?.end({
          error: textOf(message.details?.['reason']) ?? uris.NOT_AUTHORIZED,
          detail: 'the subscription was revoked',
        })
      case ERROR:
        return this.#answered(message.request, true, (asker) => asker.onFailure({ error: message.error, payload: message.payload }))
      case CHALLENGE:
        return queueMicrotask(() =>
          this.#send({ type: AUTHENTICATE, signature: this.#options.credentials.secret ?? '', extra: EMPTY_DICT }),
        )
      case WELCOME:
        this.#isOpen = true
        return queueMicrotask(() => this.#opened(undefined))
      case ABORT:
        return this.#fail({ error: message.reason, detail: textOf(message.details['message']) })
      case GOODBYE:
        this.#fail({ error: message.reason, detail: textOf(message.details['message']) ?? 'the session has ended' })
        return queueMicrotask(() => this.#leave())
      default:
    }
  }

  #answered(request: number, isLast: boolean, tell: (asker: Asker, isLast: boolean) => void): void {
    const asker = this.#asked.get(request)
    if (isLast) this.#asked.delete(request)
    if (asker !== undefined) tell(asker, isLast)
  }

  #opened(failure: Failure | undefined): void {
    const early = this.#early
    this.#early = undefined
    for (const then of early ?? []) this.#guard(() => then(failure))
  }

  /** All that was asked ends with a failure. */
  #fail(failure: Failure): void {
    this.#isOpen = false
    this.#finish(failure)
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    this.#waiting = []
    this.#opened(failure)
    for (const asker of asked) asker.onFailure(failure)
    this.#options.watcher?.end(failure)
  }

  #finish(failure: Failure): void {
    if (this.#end !== undefined) return
    this.#end = failure
    this.#options.onEnd()
    if (this.#users === 0) queueMicrotask(() => this.#leave())
  }

  #leave(): void {
    if (this.#isGone) return
    this.#isGone = true
    const { owner } = this
    this.owner = undefined
    this.#options.onGone()
    this.#guard(() => owner?.onClose())
  }

  /** Sends a message, or keeps it until the router reads again. */
  #pass(bytes: Uint8Array): void {
    // The serializer uses its buffer again.
    if (this.#isPaused) this.#waiting.push(bytes.slice())
    else this.#deliver(bytes)
  }

  #flush(): void {
    while (!this.#isPaused && this.#waiting.length > 0) {
      const [bytes] = this.#waiting.splice(0, 1)
      if (bytes !== undefined) this.#deliver(bytes)
    }
  }

  #send(message: Message): void {
    this.#guard(() => this.#deliver(this.#options.format.encode(message)))
  }

  /** The owner reports its own faults. */
  #deliver(bytes: Uint8Array): void {
    this.owner?.onMessage(bytes)
  }

  #guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#options.onError(error)
    }
  }
}

function messageOf({ type, uri, options, payload }: Order, request: number): Message {
  if (type === SUBSCRIBE) return { type, request, options, topic: uri }
  return type === CALL ? { type, request, options, procedure: uri, payload } : { type, request, options, topic: uri, payload }
}

/**
 * The router ends a session that breaks the protocol, which others may use: options get the checks before.
 * @throws {ProtocolError}
 */
function checkHeader(message: Message): void {
  const header = headerElements(message)
  const { values, listed } = headerLimits(message.type)
  if (valuesIn(header) > values + listed) throw new BodyError('the options have too many values')
  if (!isText(header)) throw new BodyError('the URI or an option begins with U+0000')
  messageFromElements(header, payloadOf(message))
}

function isText(value: unknown): boolean {
  if (typeof value === 'string') return !value.startsWith('\0')
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true
  return Object.entries(value).every(([key, each]) => isText(key) && isText(each))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const TOO_FAST: Failure = { error: uris.LIMIT_EXCEEDED, detail: 'more requests wait than messageRate allows' }
const RETIRED: Failure = { error: uris.CLOSE_REALM, detail: 'the session has ended; try again' }

const ROLES = {
  caller: { features: { call_canceling: true, call_timeout: true, caller_identification: true, progressive_call_results: true } },
  subscriber: { features: { pattern_based_subscription: true, subscription_revocation: true } },
  publisher: { features: { publisher_exclusion: true, publisher_identification: true, subscriber_blackwhite_listing: true } },
}
