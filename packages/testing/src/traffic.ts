// The messages between the clients and the router of a test, as plain data that any test runner compares and prints.

import { inspect } from 'node:util'
import type { Message } from '@trunkline/protocol'
import { ERROR, headerElements, MESSAGES, messageToArray, PayloadError, rowOf, UsageError } from '@trunkline/protocol'

/** The name of a kind of messages. */
export type MessageName =
  | 'HELLO'
  | 'WELCOME'
  | 'ABORT'
  | 'CHALLENGE'
  | 'AUTHENTICATE'
  | 'GOODBYE'
  | 'ERROR'
  | 'PUBLISH'
  | 'PUBLISHED'
  | 'SUBSCRIBE'
  | 'SUBSCRIBED'
  | 'UNSUBSCRIBE'
  | 'UNSUBSCRIBED'
  | 'EVENT'
  | 'CALL'
  | 'CANCEL'
  | 'RESULT'
  | 'REGISTER'
  | 'REGISTERED'
  | 'UNREGISTER'
  | 'UNREGISTERED'
  | 'INVOCATION'
  | 'INTERRUPT'
  | 'YIELD'
  | 'EVENT_RECEIVED'

/** A message that a client or the router sent. Plain data, which shares nothing with the programs. */
export interface SentMessage {
  /** When it was sent, in milliseconds since the test router was made. */
  readonly at: number
  /** The name of the client. */
  readonly peer: string
  readonly from: 'client' | 'router'
  readonly type: MessageName
  /**
   * The procedure, topic or pattern that it is about, also of answers, which name only a request; the realm of HELLO and WELCOME; the
   * reason of ABORT and GOODBYE.
   */
  readonly uri: string | undefined
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  /** The whole message: a list as it is on the wire, its type code first. */
  readonly message: readonly unknown[]
}

/** A message, and what became of it. */
export interface Crossing extends SentMessage {
  /** `dropped`: by `faults.drop` or `faults.refuse`; `lost`: the connection ended before it arrived. */
  readonly fate: 'in_flight' | 'delivered' | 'dropped' | 'lost'
}

/** The record of one message, while its fate is open. */
export type OpenCrossing = { -readonly [Key in keyof Crossing]: Crossing[Key] }

/** The messages of one test router, in the order in which they were sent. */
export class Traffic {
  readonly all: OpenCrossing[] = []

  /** The messages of a type, about a URI, of a client. @throws {UsageError} for a name that is no type of messages */
  sent(type: MessageName, uri?: string, peer?: string): readonly Crossing[] {
    if (!MESSAGES.some(({ name }) => name === type)) throw new UsageError(`sent: WAMP has no message '${String(type)}'`)
    return this.all.filter(
      (each) => each.type === type && (uri === undefined || each.uri === uri) && (peer === undefined || each.peer === peer),
    )
  }

  /** All messages as text, a line for each. */
  transcript(): string {
    return this.all.map(lineOf).join('\n')
  }
}

/** A message as a record shows it. */
export function sentMessage(message: Message, about: Pick<SentMessage, 'at' | 'peer' | 'from' | 'uri'>): SentMessage {
  const { name, fields, hasPayload } = rowOf(message.type)
  const list = listOf(message)
  const [args = [], kwargs = {}] = hasPayload ? list.slice(fields.length + 1) : []
  return {
    ...about,
    type: name as MessageName,
    args: args as readonly unknown[],
    kwargs: kwargs as Readonly<Record<string, unknown>>,
    message: list,
  }
}

/** A message as plain objects, whatever the serializer made. */
function listOf(message: Message): readonly unknown[] {
  try {
    return structuredClone(messageToArray(message))
  } catch (error) {
    // JavaScript cannot hold every value of MessagePack and CBOR; the receiver gets the same error.
    if (!(error instanceof PayloadError)) throw error
    return [...headerElements(message), [error.message]]
  }
}

/** `    250 ms  page -> CALL com.example.add [ 2, 3 ]` */
function lineOf({ at, peer, from, type, uri, args, kwargs, message, fate }: Crossing): string {
  const words = [`${String(Math.round(at)).padStart(7)} ms `, peer, from === 'client' ? '->' : '<-', type]
  if (uri !== undefined) words.push(uri)
  if (message[0] === ERROR) words.push(String(message[4]))
  if (args.length > 0 || Object.keys(kwargs).length > 0) words.push(shown(args))
  if (Object.keys(kwargs).length > 0) words.push(shown(kwargs))
  if (fate !== 'delivered') words.push(`(${fate.replace('_', ' ')})`)
  return words.join(' ')
}

/** The most characters of arguments in a line. */
const MOST_SHOWN = 200

function shown(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity, compact: true, depth: 4 })
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
