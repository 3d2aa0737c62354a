// One request of HTTP and its answer: what it holds until then, and what happens when its client goes away first.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Payload, Serializer } from '@trunkline/protocol'
import { LARGE_MESSAGE, PayloadError, uris } from '@trunkline/protocol'
import { AnswerInPieces } from '../answer-pieces.ts'
import type { Sweepable } from '../connections.ts'
import type { WriteTurns } from '../write-turns.ts'
import { dictWith, onOneLine, TYPE_OF } from './bodies.ts'
import type { Asker, DoorSession } from './door-session.ts'
import type { Failure } from './failure.ts'
import { problemBody, statusOf } from './failure.ts'

export interface ExchangeParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly session: DoorSession
  /** The format of the answer; `lines`: progressive results and the result, each a line of JSON. */
  readonly format: Serializer | 'lines'
  readonly json: Serializer
  readonly turns: WriteTurns
  readonly realm: string
  /** Ticks for which a client may take nothing of its answer. */
  readonly stallTicks: number
  /** Called once, when the answer has left or its client has gone. */
  readonly onGone: (exchange: Exchange) => void
}

const LINES = 'application/x-ndjson'

export class Exchange implements Asker, Sweepable {
  readonly #parts: ExchangeParts
  #isAnswered = false
  /** What the session was asked and has not answered, as far as it may be cancelled or forgotten. */
  readonly #asked: { readonly request: number; readonly isCall: boolean }[] = []
  /** Called when the answer has left or its client has gone. */
  onClosed: (() => void) | undefined
  #leaving: AnswerInPieces | undefined
  #unsent = 0
  #leftThen = 0
  #ticks = 0

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    parts.session.use()
    parts.response.once('close', () => this.#closed())
  }

  /** Whether there is no answer to give any more. */
  get isOver(): boolean {
    return this.#isAnswered
  }

  /** Notes what the session was asked; a call is cancelled when the client goes away. */
  asked(request: number, isCall: boolean): void {
    this.#asked.push({ request, isCall })
  }

  onResult(payload: Payload | undefined, isLast: boolean): void {
    const { format, json } = this.#parts
    if (format === 'lines') return this.#answerOrFail(() => this.#line(dictWith(json, payload, isLast ? '' : '"progress":true'), isLast))
    this.#answerOrFail(() => this.answer(200, TYPE_OF[format.name], dictWith(format, payload)))
  }

  onPublished(publication: number): void {
    this.answer(200, TYPE_OF.json, Buffer.from(`{"publication":${publication}}`))
  }

  onFailure(failure: Failure): void {
    this.#answerOrFail(() => {
      const { response, json, realm, request } = this.#parts
      const body = problemBody(json, failure)
      if (response.headersSent) return this.#line(body, true)
      const status = statusOf(failure)
      for (const [name, value] of Object.entries(headersOfProblem(status, failure, realm, isOfPage(request))))
        response.setHeader(name, value)
      this.answer(status, PROBLEM, body)
    })
  }

  /** Ends a client that takes nothing of its answer. */
  onTick(): void {
    if (this.#unsent === 0) return
    const left = this.#leaving?.left ?? this.#unsent
    this.#ticks = left < this.#leftThen ? 0 : this.#ticks + 1
    this.#leftThen = left
    if (this.#ticks > this.#parts.stallTicks) this.destroy()
  }

  destroy(): void {
    this.#parts.response.destroy()
  }

  /** Gives the answer, unless there is one already. */
  answer(status: number, type: string, body: Buffer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    const { response, turns } = this.#parts
    if (response.destroyed) return
    response.writeHead(status, { ...headersOf(type), 'Content-Length': body.length })
    this.#count(body.length)
    // As a text of Latin-1 node:http writes it with the head in one piece, which takes half the time.
    if (body.length < LARGE_MESSAGE) response.end(body.toString('latin1'), 'latin1')
    else this.#leaving = new AnswerInPieces(response, body, turns, () => {})
  }

  /** A value that the format of the answer cannot hold is told as a failure. */
  #answerOrFail(answer: () => void): void {
    if (this.#isAnswered) return
    try {
      answer()
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      this.onFailure({ error: uris.RUNTIME_ERROR, detail: error.message })
    }
  }

  #line(json: Buffer, isLast: boolean): void {
    const { response } = this.#parts
    if (response.destroyed) return
    // nginx would collect the lines.
    if (!response.headersSent) response.writeHead(200, { ...headersOf(LINES), 'X-Accel-Buffering': 'no' })
    const line = onOneLine(json)
    this.#count(line.length)
    if (isLast) {
      this.#isAnswered = true
      response.end(line)
    } else {
      response.write(line, () => this.#count(-line.length))
    }
  }

  /** What of the answer has not reached the kernel counts to the session. */
  #count(octets: number): void {
    this.#unsent += octets
    if (octets < 0) {
      this.#ticks = 0
      this.#parts.session.removeUnsent(-octets)
    } else this.#parts.session.addUnsent(octets)
  }

  #closed(): void {
    const { session, onGone } = this.#parts
    if (!this.#isAnswered) {
      for (const { request, isCall } of this.#asked) {
        if (isCall) session.cancel(request)
        else session.forget(request)
      }
    }
    this.#isAnswered = true
    if (this.#unsent > 0) this.#count(-this.#unsent)
    this.onClosed?.()
    session.release()
    onGone(this)
  }
}

/** Answers a request that has no session. */
export function answerProblem(response: ServerResponse, json: Serializer, failure: Failure, realm: string): void {
  const [status, body] = [statusOf(failure), problemBody(json, failure)]
  const more = headersOfProblem(status, failure, realm, isOfPage(response.req))
  response.writeHead(status, { ...headersOf(PROBLEM), 'Content-Length': body.length, ...more })
  response.end(body)
}

function isOfPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined
}

/** @param isPage whether a page asks: its browser would open a window for a password, and then send that for every page */
function headersOfProblem(status: number, { headers }: Failure, realm: string, isPage: boolean): Readonly<Record<string, string>> {
  const bearer = `Bearer realm="${realm}"`
  const challenge = status === 401 ? { 'WWW-Authenticate': isPage ? bearer : `${bearer}, Basic realm="${realm}", charset="UTF-8"` } : {}
  const retry = status === 429 ? { 'Retry-After': '1' } : {}
  return { ...challenge, ...retry, ...headers }
}

function headersOf(type: string) {
  return { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
}

const PROBLEM = 'application/problem+json'
