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
import { SessionTurns } from '../state/session-turns.ts'
import type { Link, SendOutcome } from '../ports/link.ts'
import { MOST_READ } from './procedure-arguments.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { SessionProfile } from '../state/session.ts'

/** One procedure: positional arguments, keyword arguments, the caller's session id; returns the results' args, or more. */
export type OwnProcedure = (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>, caller: number) => OwnOutcome

/** What a procedure returns: its result, or how to get it. */
export type OwnOutcome = OwnResult | Later | Unfinished

/** The results' args, or a whole payload, of values or already encoded. */
export type OwnResult = readonly unknown[] | OwnPayload | Payload

export interface OwnPayload {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/**
 * Goes on with a call.
 * @param result makes the result, in the next turn of the call
 * @param drop called in its place where the call is no longer open by then
 */
export type Finish = (result: () => OwnOutcome, drop?: () => void) => void

/** A result that depends on an answer in a later turn, such as that of an authorizer. */
export class Later {
  readonly start: (finish: Finish, isWanted: () => boolean) => void

  /** @param start gets a function to call, once and in a later turn, and another that tells whether the call is still open till then */
  constructor(start: Later['start']) {
    this.start = start
  }
}

/** A result that takes long to make: the rest is done in further turns of the caller, before its other calls. */
export class Unfinished {
  readonly goOn: () => OwnOutcome

  constructor(goOn: () => OwnOutcome) {
    this.goOn = goOn
  }
}

/** A call without its answer. */
interface OpenCall {
  readonly request: number
  /** The caller's. */
  readonly session: number
  readonly owner: string
  /** Octets of its arguments. */
  readonly octets: number
  /** Runs in the next turn of the call. */
  readonly make: () => OwnOutcome
  /** In its place where the call is no longer open. */
  readonly drop?: (() => void) | undefined
}

const IDENTITY: Identity = { authid: 'trunkline', authrole: 'trunkline', authmethod: 'internal', authprovider: 'internal' }

export const META_PROFILE: SessionProfile = {
  identity: IDENTITY,
  roles: ['callee'],
  transport: { kind: 'local', peer: 'router', isSecure: true },
  isInternal: true,
}

/** What the session needs from its realm. */
export interface MetaRealm {
  /** Processes a message of this session. */
  receive(message: Message): void
  /** Whether a call is still open and its caller may have room for the answer; if not, the call has ended. */
  mayAnswer(invocation: number): boolean
  /** The owner of a session. */
  ownerOf(session: number): string
}

export class MetaSession implements Link {
  readonly format: PayloadFormat
  readonly #context: RealmContext
  readonly #procedures: ReadonlyMap<string, OwnProcedure>
  readonly #byRegistration = new Map<number, OwnProcedure>()
  /** Procedures whose REGISTERED has not come yet, in the order of their requests. */
  readonly #unanswered: OwnProcedure[] = []
  readonly #waiting = new SessionTurns<OpenCall>()
  /** Octets of the arguments of calls without their answer, by caller. */
  readonly #held = new Map<number, number>()
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
    } else if (message.type === INVOCATION) return this.#take(message)
    return 'queued'
  }

  sendEvent(): SendOutcome {
    return 'queued' // It subscribes to nothing.
  }

  abort(error: Error): void {
    throw error // The router's own session broke the protocol: a bug, not to be hidden.
  }

  goodbye(): void {
    this.#end()
  }

  answerGoodbye(): void {
    this.#end()
  }

  /** What waits still is answered with an error. */
  #end(): void {
    this.#byRegistration.clear()
    for (const owner of this.#waiting.paused) this.#resume(owner)
  }

  /**
   * The arguments that one caller has queued are bounded, as for any callee; those of a single call may be longer. Those of all
   * callers have the bounds of what is pending, since an authorizer may be asked in their names.
   */
  #take({ request, registration, details, payload }: InvocationMessage): SendOutcome {
    const caller = details['caller'] as number
    const octets = payload?.raw.byteLength ?? 0
    const held = this.#held.get(caller) ?? 0
    if (held > 0 && held + octets > this.#context.settings.limits.callBytes) return 'full'
    const owner = this.#realm.ownerOf(caller)
    if (octets > SHORT && !this.#context.pendingTotal.fits(owner, octets)) return 'full'
    if (octets > 0) this.#held.set(caller, held + octets)
    if (octets > 0) this.#context.pendingTotal.add(owner, octets)
    const taken = owned(payload)
    this.#wait('last', { request, session: caller, owner, octets, make: () => this.#perform(registration, taken, caller) })
    return 'queued'
  }

  #wait(place: 'first' | 'last', call: OpenCall): void {
    const wasIdle = this.#waiting.isEmpty
    if (place === 'first') this.#waiting.addFirst(call, call)
    else this.#waiting.add(call, call)
    if (wasIdle && !this.#waiting.isEmpty) this.#goOnLater()
  }

  #goOnLater(): void {
    this.#context.scheduler.defer(() => this.#goOnWithNext())
  }

  /** Runs one call in each task, so that other deferred tasks run in between. */
  #goOnWithNext(): void {
    const call = this.#waiting.next()
    const { timeShare } = this.#context
    const hasToWait = call !== undefined && timeShare.isUsedUp(call.owner)
    if (hasToWait) this.#putOff(call)
    if (!this.#waiting.isEmpty) this.#goOnLater()
    if (call === undefined || hasToWait) return
    if (!this.#realm.mayAnswer(call.request)) {
      call.drop?.()
      this.#release(call)
    } else if (timeShare.run(call.owner, () => this.#step(call)) === 'done') this.#release(call)
  }

  /** The calls of an owner whose answers have taken too much time wait until others have had theirs. */
  #putOff(call: OpenCall): void {
    const { owner } = call
    this.#waiting.addFirst(call, call)
    this.#waiting.pause(owner)
    this.#context.timeShare.whenGood(owner, () => this.#resume(owner))
  }

  #resume(owner: string): void {
    if (this.#waiting.isEmpty) this.#goOnLater()
    this.#waiting.resume(owner)
  }

  #perform(registration: number, payload: Payload | undefined, caller: number): OwnOutcome {
    const handler = this.#byRegistration.get(registration)
    if (handler === undefined) throw new ApplicationError(uris.NO_SUCH_PROCEDURE)
    const [args = [], kwargs = {}] = itemsWithin(payload, MOST_READ)
    return handler(args, kwargs, caller)
  }

  #step(call: OpenCall): 'done' | 'more' {
    const { request } = call
    try {
      const outcome = call.make()
      if (outcome instanceof Later) this.#start(outcome, call)
      if (outcome instanceof Unfinished) this.#wait('first', { ...call, make: outcome.goOn, drop: undefined })
      if (outcome instanceof Later || outcome instanceof Unfinished) return 'more'
      this.#realm.receive({ type: YIELD, request, options: EMPTY_DICT, payload: payloadOf(outcome) })
    } catch (error) {
      this.#realm.receive({ type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, ...errorFields(error) })
    }
    return 'done'
  }

  #start({ start }: Later, call: OpenCall): void {
    start(
      (make, drop) => this.#wait('last', { ...call, make, drop }),
      () => this.#realm.mayAnswer(call.request),
    )
  }

  #release({ session, owner, octets }: OpenCall): void {
    if (octets > 0) this.#context.pendingTotal.add(owner, -octets)
    const held = (this.#held.get(session) ?? 0) - octets
    if (held > 0) this.#held.set(session, held)
    else this.#held.delete(session)
  }
}

/** Arguments of so few octets are taken whatever others have queued. */
const SHORT = 16_384

function payloadOf(result: OwnResult): Payload | undefined {
  if (result instanceof Payload) return result
  return 'args' in result ? Payload.fromValues(result.args, result.kwargs) : Payload.fromValues(result)
}

function errorFields(error: unknown): { error: string; payload: Payload | undefined } {
  if (error instanceof ApplicationError) return { error: error.uri, payload: Payload.fromValues(error.args, error.kwargs) }
  if (error instanceof PayloadError) return { error: uris.INVALID_ARGUMENT, payload: Payload.fromValues([error.message]) }
  throw error
}
