// A session of the load generator: HELLO to WELCOME, then messages to the scenario that uses it.

import type { Message, Serializer } from '@trunkline/protocol'
import { ABORT, GOODBYE, HELLO, WELCOME } from '@trunkline/protocol'
import type { Account } from './account.ts'
import type { Receiver, Target } from './connection.ts'
import { Connection } from './connection.ts'
import type { Cursor } from './cursor.ts'
import { createCursor } from './cursor.ts'
import type { Template } from './template.ts'
import type { Turn } from './turn.ts'

/** What a session does with a message; the cursor is behind the message type. */
export type Part = (type: number, cursor: Cursor) => void

/** What all sessions of one serializer share. */
export interface SessionContext {
  readonly target: Target
  readonly serializer: Serializer
  readonly account: Account
  readonly turn: Turn
  readonly realm: string
}

const ROLES = { caller: {}, callee: {}, publisher: {}, subscriber: {} }
const MOST_TEXT = 200

export class Session implements Receiver {
  /** Resolves with WELCOME; rejects when the session is refused or the connection breaks. */
  readonly opened: Promise<void>
  /** Called when the router ends the session; without it that is an error of the run. */
  onGone: ((reason: string) => void) | undefined
  readonly #context: SessionContext
  readonly #connection: Connection
  readonly #cursor: Cursor
  #part: Part = () => this.#context.account.bad('an unexpected message')
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  #hasJoined = false
  #lastRequest = 0

  constructor(context: SessionContext) {
    this.#context = context
    this.#cursor = createCursor(context.serializer.name)
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#connection = new Connection(context.target, context.serializer, this, context.turn)
  }

  play(part: Part): void {
    this.#part = part
  }

  nextRequest(): number {
    return ++this.#lastRequest
  }

  send(template: Template, value: number): void {
    this.#connection.send(template, value)
  }

  sendMessage(message: Message): void {
    this.#connection.sendBytes(this.#context.serializer.encode(message))
  }

  pause(): void {
    this.#connection.pause()
  }

  resume(): void {
    this.#connection.resume()
  }

  /** Ends without GOODBYE. */
  end(): void {
    this.#connection.end()
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  onOpen(): void {
    this.sendMessage({ type: HELLO, realm: this.#context.realm, details: { roles: ROLES, authmethods: ['anonymous'] } })
  }

  onMessage(bytes: Buffer, start: number, end: number): void {
    const cursor = this.#cursor
    cursor.open(bytes, start, end)
    const type = cursor.number()
    if (!this.#hasJoined) this.#join(type, bytes.subarray(start, end))
    else if (isFarewell(type)) this.#gone(readable(bytes.subarray(start, end)))
    else this.#part(type, cursor)
    if (cursor.isBad) this.#context.account.bad(`not understood: ${readable(bytes.subarray(start, end))}`)
  }

  onEnd(reason: string): void {
    this.#gone(reason)
  }

  #join(type: number, bytes: Buffer): void {
    if (type !== WELCOME) return this.#gone(readable(bytes))
    this.#hasJoined = true
    this.#resolve()
  }

  #gone(reason: string): void {
    this.#connection.end()
    if (!this.#hasJoined) this.#reject(new Error(`no session: ${reason}`))
    else if (this.onGone === undefined) this.#context.account.error(`session ended: ${reason}`)
    else this.onGone(reason)
  }
}

/** Opens sessions, up to a number of them at a time. */
export async function openSessions(context: SessionContext, count: number, atOnce = 32): Promise<Session[]> {
  const sessions: Session[] = []
  while (sessions.length < count) {
    const batch = Array.from({ length: Math.min(atOnce, count - sessions.length) }, () => new Session(context))
    await Promise.all(batch.map((session) => session.opened))
    sessions.push(...batch)
  }
  return sessions
}

/** Sends requests one after another on each session, and waits for all the answers of this type. */
export function request(session: Session, answer: number, messages: readonly ((request: number) => Message)[]): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let answered = 0
    session.play((type) => {
      if (type !== answer) return reject(new Error(`a request was answered with a message of type ${type}`))
      if (++answered === messages.length) resolve()
    })
    session.onGone = (reason) => reject(new Error(`session ended: ${reason}`))
    for (const make of messages) session.sendMessage(make(session.nextRequest()))
  }).then(() => {
    session.onGone = undefined
  })
}

/** ABORT or GOODBYE. */
function isFarewell(type: number): boolean {
  return type === ABORT || type === GOODBYE
}

function readable(bytes: Buffer): string {
  return bytes.toString('utf8', 0, MOST_TEXT).replace(/[^\x20-\x7e]/g, '.')
}
