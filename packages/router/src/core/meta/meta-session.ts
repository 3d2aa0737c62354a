// The ordinary session through which a realm offers its own procedures: registers them, takes INVOCATIONs, answers.

import type { Identity, InvocationMessage, Message, PayloadFormat } from '@trunkline/protocol'
import {
  ApplicationError,
  EMPTY_DICT,
  ERROR,
  INVOCATION,
  itemsWithin,
  Payload,
  PayloadError,
  REGISTER,
  REGISTERED,
  uris,
  YIELD,
  owned,
} from '@trunkline/protocol'
import { CallerTurns } from './caller-turns.ts'
import type { Link, SendOutcome } from '../ports/link.ts'
import { MOST_READ } from './procedure-arguments.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { SessionProfile } from '../state/session.ts'

/** One procedure: positional arguments, keyword arguments, the caller's session id; returns the results' args, or more. */
export type OwnProcedure = (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>, caller: number) => OwnResult | Later

/** The results' args, or a whole payload, of values or made already. */
export type OwnResult = readonly unknown[] | OwnPayload | Payload

export interface OwnPayload {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** A result that somebody has to be asked for first. */
export class Later {
  readonly start: (finish: (result: () => OwnResult | Later) => void) => void

  /** @param start is given what to call, once and in a later turn, with what makes the result */
  constructor(start: Later['start']) {
    this.start = start
  }
}

const IDENTITY: Identity = { authid: 'trunkline', authrole: 'trunkline', authmethod: 'internal', authprovider: 'internal' }

export const META_PROFILE: SessionProfile = {
  identity: IDENTITY,
  roles: ['callee'],
  transport: { kind: 'local', peer: 'router', isSecure: true },
  isInternal: true,
}

/** What the session needs of its realm. */
export interface MetaRealm {
  /** Takes a message of this session. */
  receive(message: Message): void
  /** Whether the caller still waits for the answer to an invocation. */
  isOpen(invocation: number): boolean
}

export class MetaSession implements Link {
  readonly format: PayloadFormat
  readonly #context: RealmContext
  readonly #procedures: ReadonlyMap<string, OwnProcedure>
  readonly #byRegistration = new Map<number, OwnProcedure>()
  /** Procedures whose REGISTERED has not come yet, in the order of their requests. */
  readonly #unanswered: OwnProcedure[] = []
  readonly #waiting = new CallerTurns<InvocationMessage>()
  readonly #realm: MetaRealm

  constructor(context: RealmContext, format: PayloadFormat, procedures: ReadonlyMap<string, OwnProcedure>, realm: MetaRealm) {
    this.#context = context
    this.format = format
    this.#procedures = procedures
    this.#realm = realm
  }

  /** Registers all procedures. */
  start(): void {
    let request = 0
    for (const [procedure, handler] of this.#procedures) {
      this.#unanswered.push(handler)
      this.#realm.receive({ type: REGISTER, request: ++request, options: { disclose_caller: true }, procedure })
    }
  }

  send(message: Message): SendOutcome {
    if (message.type === REGISTERED) {
      const handler = this.#unanswered.shift()
      if (handler !== undefined) this.#byRegistration.set(message.registration, handler)
    } else if (message.type === INVOCATION) {
      if (this.#waiting.isEmpty) this.#context.scheduler.defer(() => this.#answerNext())
      this.#waiting.add(message.details['caller'] as number, { ...message, payload: owned(message.payload) })
    }
    return 'queued'
  }

  sendEvent(): SendOutcome {
    return 'queued' // It subscribes to nothing.
  }

  abort(error: Error): void {
    throw error // The router's own session broke the protocol: a bug, not to be hidden.
  }

  goodbye(): void {
    this.#byRegistration.clear()
  }

  answerGoodbye(): void {
    this.#byRegistration.clear()
  }

  /** One in a task, so that what others deferred has its turn between. */
  #answerNext(): void {
    const invocation = this.#waiting.next()
    if (!this.#waiting.isEmpty) this.#context.scheduler.defer(() => this.#answerNext())
    if (invocation !== undefined && this.#realm.isOpen(invocation.request)) this.#answer(invocation)
  }

  #answer({ request, registration, details, payload }: InvocationMessage): void {
    this.#settle(request, () => {
      const handler = this.#byRegistration.get(registration)
      if (handler === undefined) throw new ApplicationError(uris.NO_SUCH_PROCEDURE)
      const [args = [], kwargs = {}] = itemsWithin(payload, MOST_READ)
      return handler(args, kwargs, details['caller'] as number)
    })
  }

  #settle(request: number, make: () => OwnResult | Later): void {
    try {
      const result = make()
      if (result instanceof Later) return result.start((made) => this.#settle(request, made))
      this.#realm.receive({ type: YIELD, request, options: EMPTY_DICT, payload: payloadOf(result) })
    } catch (error) {
      this.#realm.receive({ type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, ...errorFields(error) })
    }
  }
}

function payloadOf(result: OwnResult): Payload | undefined {
  if (result instanceof Payload) return result
  return 'args' in result ? Payload.fromValues(result.args, result.kwargs) : Payload.fromValues(result)
}

function errorFields(error: unknown): { error: string; payload: Payload | undefined } {
  if (error instanceof ApplicationError) return { error: error.uri, payload: Payload.fromValues(error.args, error.kwargs) }
  if (error instanceof PayloadError) return { error: uris.INVALID_ARGUMENT, payload: Payload.fromValues([error.message]) }
  throw error
}
