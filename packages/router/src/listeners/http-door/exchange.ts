// One request of HTTP and its answer: what it holds until then, and what happens when its client goes away first.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Payload, Serializer } from '@trunkline/protocol'
import { PayloadError, uris } from '@trunkline/protocol'
import { AnswerInPieces } from '../answer-pieces.ts'
import type { Sweepable } from '../connections.ts'
import type { WriteTurns } from '../write-turns.ts'
import { dictWith, TYPE_OF } from './bodies.ts'
import type { Asker, DoorSession } from './door-session.ts'
import type { Failure } from './failure.ts'
import { problemOf, statusOf } from './failure.ts'

export interface ExchangeParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly session: DoorSession
  /** The format of the answer, and JSON for failures. */
  readonly format: Serializer
  readonly json: Serializer
  readonly turns: WriteTurns
  readonly realm: string
  /** Called once, when the answer has left or its client has gone. */
  readonly onGone: (exchange: Exchange) => void
}

/** Ticks for which a client may take nothing of its answer. */
const STALL_TICKS = 10

export class Exchange implements Asker, Sweepable {
  readonly #parts: ExchangeParts
  #isAnswered = false
  #asked: number | undefined
  #isCall = false
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
    this.#asked = request
    this.#isCall = isCall
  }

  onResult(payload: Payload | undefined): void {
    this.#answerOrFail(() => this.#answer(200, TYPE_OF[this.#parts.format.name], dictWith(this.#parts.format, payload)))
  }

  onPublished(publication: number): void {
    this.#answer(200, TYPE_OF.json, Buffer.from(`{"publication":${publication}}`))
  }

  onFailure(failure: Failure): void {
    this.#answerOrFail(() => {
      const { response, json, realm, request } = this.#parts
      const { status, body, headers } = problemAnswer(json, failure, realm, request.headers.origin !== undefined)
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      this.#answer(status, PROBLEM, body)
    })
  }

  /** Ends a client that takes nothing of its answer. */
  onTick(): void {
    if (this.#leaving === undefined) return
    const { left } = this.#leaving
    this.#ticks = left < this.#leftThen ? 0 : this.#ticks + 1
    this.#leftThen = left
    if (this.#ticks > STALL_TICKS) this.#leaving.destroy()
  }

  destroy(): void {
    this.#parts.response.destroy()
  }

  /** A value that the format of the answer cannot hold is told as a failure. */
  #answerOrFail(answer: () => void): void {
    if (this.#isAnswered) return
    try {
      answer()
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      this.#answer(500, PROBLEM, problemAnswer(this.#parts.json, { error: uris.RUNTIME_ERROR, detail: error.message }, '', true).body)
    }
  }

  #answer(status: number, type: string, body: Buffer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    const { response, session, turns } = this.#parts
    if (response.destroyed) return
    response.writeHead(status, headersOf(type, body.length))
    this.#unsent = this.#leftThen = body.length
    session.addUnsent(body.length)
    this.#leaving = new AnswerInPieces(response, body, turns, () => {})
  }

  #closed(): void {
    const { session, onGone } = this.#parts
    if (this.#unsent > 0) session.removeUnsent(this.#unsent)
    if (!this.#isAnswered && this.#asked !== undefined) {
      if (this.#isCall) session.cancel(this.#asked)
      else session.forget(this.#asked)
    }
    this.#isAnswered = true
    session.release()
    onGone(this)
  }
}

/** Answers a request that has no session. */
export function answerProblem(response: ServerResponse, json: Serializer, failure: Failure, realm: string): void {
  const { status, body, headers } = problemAnswer(json, failure, realm, response.req.headers.origin !== undefined)
  response.writeHead(status, { ...headersOf(PROBLEM, body.length), ...headers })
  response.end(body)
}

/** @param isPage whether a page asks: its browser would open a window for a password, and then send that for every page */
function problemAnswer(json: Serializer, failure: Failure, realm: string, isPage: boolean) {
  const { payload, headers = {} } = failure
  const status = statusOf(failure)
  const members = JSON.stringify(problemOf(failure)).slice(1, -1)
  const challenge = status === 401 ? { 'WWW-Authenticate': challengeOf(realm, isPage) } : {}
  const retry = status === 429 ? { 'Retry-After': '1' } : {}
  return { status, body: dictWith(json, payload, members), headers: { ...challenge, ...retry, ...headers } }
}

function challengeOf(realm: string, isPage: boolean): string {
  const bearer = `Bearer realm="${realm}"`
  return isPage ? bearer : `${bearer}, Basic realm="${realm}", charset="UTF-8"`
}

function headersOf(type: string, octets: number) {
  return { 'Content-Type': type, 'Content-Length': octets, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
}

const PROBLEM = 'application/problem+json'
