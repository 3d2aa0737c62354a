// One long-poll connection as a Transport: what is queued for the client leaves with its open receive request
// (specification: "HTTP Longpoll Transport"). Never routes a request and never looks into a message.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SerializerName } from '@trunkline/protocol'
import { joinBatch, LARGE_MESSAGE, ProtocolError, splitBatch } from '@trunkline/protocol'
import type { CloseCause, Loss, Transport, TransportInfo, TransportOwner } from '../core/ports/index.ts'
import { AnswerInPieces } from './answer-pieces.ts'
import type { Connections, Sweepable } from './connections.ts'
import { answer, beginMessage } from './http-answer.ts'
import { largeBatch } from './large-batches.ts'
import { HeldRequests } from './held-requests.ts'
import type { Reading } from './read-turns.ts'
import { ReadTurn, ReadTurns } from './read-turns.ts'
import { readBodyInTurn } from './request-body.ts'
import { WriteTurns } from './write-turns.ts'

/** How much is taken for one receive request; without batches or without such a request one message. The outbox keeps the rest. */
const FULL_OCTETS = 65_536
/** Send requests of one client at a time; their bodies are read one after the other. */
const MOST_SENDING = 16
const NO_OCTETS = new Uint8Array(0)

export interface LongPollTraits {
  readonly id: string
  readonly serializer: SerializerName
  readonly isBatched: boolean
  readonly info: TransportInfo
  /** The longest body of a send request. */
  readonly maxReceiveBytes: number
  /** Ticks for which a receive request stays open before its empty answer. */
  readonly holdTicks: number
  /** Ticks without a receive request after which the client counts as gone. */
  readonly idleTicks: number
  /** Ticks for which the last messages stay available after the end. */
  readonly closeTicks: number
}

/** Learns what becomes of a connection. */
export interface LongPollWatcher {
  /** Called once, when the connection has ended and its last answer has left. */
  readonly onGone: () => void
  readonly onError: (error: unknown) => void
}

/** The turns that a connection shares with others. Default: turns of its own. */
export interface LongPollTurns {
  readonly reading?: ReadTurns | undefined
  readonly writing?: WriteTurns | undefined
}

/** The messages of a body that are not delivered yet. */
interface Body {
  readonly messages: Iterator<Uint8Array>
  next: IteratorResult<Uint8Array>
  readonly onDone: () => void
  readonly onFailed: (error: unknown) => void
}

export class LongPollConnection implements Transport, Sweepable, Reading {
  readonly serializer: SerializerName
  readonly maxSendBytes = Number.MAX_SAFE_INTEGER
  readonly maxReceiveBytes: number
  readonly info: TransportInfo
  owner: TransportOwner | undefined
  /** The greatest length of a body that begins to come now, as set by `limit`. */
  mostOctets = Number.POSITIVE_INFINITY
  /** Called when a session opens, and when there is none any more. */
  onOpen: ((isOpen: boolean) => void) | undefined
  readonly #traits: LongPollTraits
  readonly #connections: Connections
  readonly #onGone: () => void
  readonly #onError: (error: unknown) => void
  #waiting: Uint8Array[] = []
  #waitingOctets = 0
  /** The last answer, until the kernel has taken it. */
  #leaving: AnswerInPieces | undefined
  /** What was left of it at the last tick. */
  #leftThen = 0
  #receiving: ServerResponse | undefined
  #isScheduled = false
  #closing: CloseCause | undefined
  #isOver = false
  /** Ticks since a receive request came, or since the last one was answered. */
  #ticks = 0
  #sending = 0
  #lastSent: Promise<void> = Promise.resolve()
  /** While it is not fulfilled, nothing is read; undefined while reading is not paused. */
  #untilRead: Promise<void> | undefined
  #readAgain: (() => void) | undefined
  readonly #turn: ReadTurn
  readonly #held: HeldRequests
  readonly #writeTurns: WriteTurns
  #body: Body | undefined

  constructor(
    traits: LongPollTraits,
    connections: Connections,
    { onGone, onError }: LongPollWatcher,
    { reading = new ReadTurns(), writing = new WriteTurns() }: LongPollTurns = {},
  ) {
    this.#turn = new ReadTurn(reading, this)
    this.#held = new HeldRequests(
      reading.held,
      () => this.holder,
      () => this.owner?.onTooMuchHeld?.(),
    )
    this.#writeTurns = writing
    this.serializer = traits.serializer
    this.maxReceiveBytes = traits.maxReceiveBytes
    this.info = traits.info
    this.#traits = traits
    this.#connections = connections
    this.#onGone = onGone
    this.#onError = onError
    connections.add(this)
  }

  /** Whether a session is open. */
  get isOpen(): boolean {
    return this.mostOctets === Number.POSITIVE_INFINITY
  }

  /** Whose share its requests count to. */
  get holder(): string {
    return this.owner?.holder ?? this.info.peer
  }

  get isWritable(): boolean {
    if (this.#closing !== undefined || this.#leaving !== undefined) return false
    const takesMany = this.#receiving !== undefined && this.#traits.isBatched
    return takesMany ? this.#waitingOctets < FULL_OCTETS : this.#waiting.length === 0
  }

  get pendingBytes(): number {
    return this.#waitingOctets + (this.#leaving?.left ?? 0)
  }

  send(message: Uint8Array): void {
    if (this.#closing !== undefined) return
    this.#waiting.push(message.length < LARGE_MESSAGE ? message.slice() : message)
    this.#waitingOctets += message.length
    if (!this.isWritable) this.owner?.onFull?.()
    this.#schedule()
  }

  close(cause: CloseCause): void {
    if (this.#closing !== undefined) return
    this.#closing = cause
    this.resume()
    this.#ticks = 0
    this.#schedule()
  }

  destroy(): void {
    this.#closing ??= 'policy'
    this.resume()
    this.#waiting = []
    this.#waitingOctets = 0
    this.#leaving?.destroy()
    this.#schedule()
  }

  limit(octets: number | undefined): void {
    this.mostOctets = octets ?? Number.POSITIVE_INFINITY
    this.onOpen?.(this.isOpen)
  }

  /** Send requests wait, and the rest of a body; there are few at a time. */
  pause(): void {
    this.#untilRead ??= new Promise((resolve) => (this.#readAgain = resolve))
  }

  resume(): void {
    this.#readAgain?.()
    this.#untilRead = undefined
    if (this.#body !== undefined) this.#turn.wait()
  }

  /** Counts octets that came before a login. */
  count(octets: number): void {
    if (!this.isOpen) this.owner?.onOctets?.(octets)
  }

  /** Accepts a receive request: it is answered when there is a message. */
  receive(response: ServerResponse): void {
    if (this.#isOver) return answer(response, 404, 'no such transport')
    if (this.#receiving !== undefined) return answer(response, 409, 'a receive request is open already')
    this.#receiving = response
    this.#ticks = 0
    const { req: request } = response
    this.#held.add(request)
    response.once('close', () => {
      this.#held.remove(request)
      if (this.#receiving === response) this.#receiving = undefined
    })
    this.#fetch()
  }

  /** Accepts a send request; those of one client are read and processed in order of arrival. */
  take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#sending >= MOST_SENDING) return answer(response, 429, 'too many send requests at a time')
    this.#sending++
    const before = this.#lastSent
    this.#lastSent = this.#process(request, before, response).catch((error: unknown) => {
      this.#onError(error)
      this.destroy()
    })
  }

  onTick(): void {
    this.#ticks = this.#hasMoved() ? 0 : this.#ticks + 1
    if (this.#closing !== undefined) {
      if (this.#ticks > this.#traits.closeTicks) this.#finish()
    } else if (this.#leaving !== undefined) {
      // The outbox sees whether the client takes it.
    } else if (this.#receiving === undefined) {
      if (this.#ticks > this.#traits.idleTicks) this.#finish('silence')
    } else if (this.#ticks > this.#traits.holdTicks) this.#release()
  }

  async #process(request: IncomingMessage, before: Promise<void>, response: ServerResponse): Promise<void> {
    this.#held.add(request)
    try {
      const turn = this.#turnAfter(before)
      const most = (): number => Math.min(this.mostOctets, this.maxReceiveBytes)
      const hold = (octets: number): void => this.#held.setBody(request, octets)
      const body = readBodyInTurn(request, { most, turn, hold }).catch((error: unknown) => error)
      await turn
      const octets = await body
      if (!(octets instanceof Uint8Array)) return answer(response, 413, 'the body is too long or did not arrive')
      if (this.#closing !== undefined) return answer(response, 404, 'no such transport')
      answer(response, (await this.#deliver(octets)) ? 202 : 400)
    } finally {
      this.#held.remove(request)
      this.#sending--
    }
  }

  async #turnAfter(before: Promise<void>): Promise<void> {
    await before
    while (this.#untilRead !== undefined) await this.#untilRead
  }

  /** Delivers a body to the owner, some messages in each turn. Returns false when the body breaks the protocol. */
  async #deliver(octets: Uint8Array): Promise<boolean> {
    try {
      this.count(octets.length)
      this.#turn.begin()
      const split = this.#traits.isBatched ? splitBatch(octets, this.serializer !== 'json') : [octets]
      const messages = split[Symbol.iterator]()
      await new Promise<void>((onDone, onFailed) => {
        this.#body = { messages, next: messages.next(), onDone, onFailed }
        if (this.#turn.mayTake(octets)) this.goOn()
        else this.#turn.wait(octets)
      })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.close('protocol_violation')
    }
    return !this.#hasFailed()
  }

  goOn(): void {
    const body = this.#body
    if (body === undefined) return
    try {
      if (!this.#takeSome(body)) return
      body.onDone()
    } catch (error) {
      body.onFailed(error)
    }
    this.#body = undefined
  }

  /** Returns true when the whole body is delivered. */
  #takeSome(body: Body): boolean {
    while (body.next.done !== true && this.#closing === undefined) {
      if (this.#untilRead !== undefined) return false
      const { value } = body.next
      body.next = body.messages.next()
      this.owner?.onMessage(value)
      if (!this.#turn.isOver() || body.next.done === true) continue
      this.#turn.wait()
      return false
    }
    return true
  }

  #hasFailed(): boolean {
    return this.#closing === 'protocol_violation'
  }

  /** Waits for the end of the turn, so that messages of one turn may leave together. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#answerReceive()
      if (this.#closing !== undefined && this.#waiting.length === 0 && this.#leaving === undefined) this.#finish()
    })
  }

  #answerReceive(): void {
    const response = this.#receiving
    if (response === undefined || this.#leaving !== undefined || this.#waiting.length === 0) return
    this.#receiving = undefined
    this.#ticks = 0
    const body = this.#takeAnswer()
    beginMessage(response, this.serializer, body)
    this.#leftThen = body.length
    this.#leaving = new AnswerInPieces(response, body, this.#writeTurns, () => this.#left())
    this.owner?.onFull?.()
  }

  /** The body of an answer: one message or, in batches, all that wait up to a large one, which has a batch of its own. */
  #takeAnswer(): Uint8Array {
    const { isBatched } = this.#traits
    const firstLarge = this.#waiting.findIndex(({ length }) => length >= LARGE_MESSAGE)
    const count = isBatched && firstLarge !== 0 ? (firstLarge < 0 ? this.#waiting.length : firstLarge) : 1
    const taken = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#waitingOctets -= taken.reduce((sum, { length }) => sum + length, 0)
    const isBinary = this.serializer !== 'json'
    const [first = NO_OCTETS] = taken
    if (!isBatched) return first
    return firstLarge === 0 ? largeBatch(first, isBinary) : joinBatch(taken, isBinary)
  }

  /** An answer has reached the kernel, or its connection has ended. */
  #left(): void {
    this.#leaving = undefined
    this.#fetch()
    if (this.#closing !== undefined) this.#schedule()
  }

  /** Whether the client has taken some of the answer that leaves since the last tick. */
  #hasMoved(): boolean {
    const left = this.#leaving?.left ?? 0
    const hasMoved = left < this.#leftThen
    this.#leftThen = left
    return hasMoved
  }

  /** Lets the owner send what is queued, for a receive request. */
  #fetch(): void {
    try {
      if (this.#closing === undefined) this.owner?.onDrain()
    } catch (error) {
      this.#onError(error)
      this.destroy()
    }
    this.#answerReceive()
  }

  /** Answers the open receive request with nothing: proxies cut requests that stay open for long. */
  #release(): void {
    const response = this.#receiving
    this.#receiving = undefined
    this.#ticks = 0
    if (response !== undefined) answer(response, 204)
  }

  #finish(loss?: Loss): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#closing ??= 'policy'
    this.resume()
    this.#connections.remove(this)
    this.#onGone()
    this.#release()
    this.#leaving?.destroy()
    const { owner } = this
    this.owner = undefined
    try {
      owner?.onClose(loss)
    } catch (error) {
      this.#onError(error)
    }
  }
}
