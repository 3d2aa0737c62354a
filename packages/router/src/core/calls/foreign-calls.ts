// Calls that another node passes to a callee of this one. The caller is the session of that node; the node of the client has judged
// the call, counts it and sets its time limit.

import type { Dict, InvocationMessage, Payload } from '@trunkline/protocol'
import { INVOCATION, nextId } from '@trunkline/protocol'
import type { Call } from '../state/call.ts'
import { newCall, openForeignCall } from '../state/call.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { isCallable } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import type { AwaitedCalls } from './awaited-calls.ts'
import type { CallEnds } from './call-ends.ts'
import type { Bounce } from './undelivered.ts'
import { sendUndelivered } from './undelivered.ts'

/** An INVOCATION as the node of the caller made it; `request` is the number that this node gave to the call. */
export interface ForeignInvocation extends Pick<InvocationMessage, 'request' | 'details' | 'payload'> {
  /** The id of the registration. */
  readonly registration: number
  /** More chunks follow. */
  readonly isStream: boolean
  /** Whether the client has announced payload passthru. */
  readonly takesPassthru: boolean
  /** The number of the caller's owner. */
  readonly owner: number
}

export class ForeignCalls {
  readonly #context: RealmContext
  readonly #ends: CallEnds
  readonly #awaited: Pick<AwaitedCalls, 'idFor'>

  constructor(context: RealmContext, ends: CallEnds, awaited: Pick<AwaitedCalls, 'idFor'>) {
    this.#context = context
    this.#ends = ends
    this.#awaited = awaited
  }

  /** Gives a callee an INVOCATION. @param caller the session of the other node @returns why it did not get it; undefined where it did */
  open(caller: Session, callee: Session, invocation: ForeignInvocation): Bounce | undefined {
    const { request, details, payload, isStream, takesPassthru, owner } = invocation
    const registration = callee.registrations.get(invocation.registration)
    if (registration === undefined || !callee.isMember) return 'gone'
    if (registration.pending > 0 && registration.callees.some((each) => each.session === callee && !isCallable(each))) return 'gone'
    const awaited = this.#awaited.idFor(callee, registration.id)
    const id = awaited ?? nextId(callee.lastInvocation)
    const outcome = callee.link.send({ type: INVOCATION, request: id, registration: registration.id, details, payload }, true)
    if (outcome === 'full' || outcome === 'closed') return outcome === 'full' ? 'full' : 'gone'
    if (outcome !== 'queued') {
      sendUndelivered(caller, request, outcome)
      return undefined
    }
    if (awaited === undefined) callee.lastInvocation = id
    const call = newCall(caller, { request, registration, contract: undefined }, callee)
    call.invocation = id
    call.wantsProgress = true // The node of the client knows.
    call.foreign = { takesPassthru, owner }
    if (isStream) call.stream = { procedure: registration.uri, registration: registration.id, details, bytes: 0, isComplete: false }
    openForeignCall(call)
    return undefined
  }

  /** Passes on a further chunk. */
  chunk(caller: Session, { request, details, payload }: Pick<InvocationMessage, 'request' | 'details' | 'payload'>): void {
    const call = caller.calls.get(request)
    if (call?.stream === undefined || !call.callee.isMember) return void this.#context.counters.lateChunksDropped++
    const { registration } = call.stream
    const outcome = call.callee.link.send({ type: INVOCATION, request: call.invocation, registration, details, payload }, true)
    if (outcome === 'queued') call.stream.isComplete = details['progress'] !== true
    else if (outcome !== 'closed') this.#ends.stop(call, 'undelivered', () => sendUndelivered(caller, request, outcome))
  }

  /** The caller's node interrupts the callee. */
  interrupt(caller: Session, request: number, options: Dict): void {
    const call = caller.calls.get(request)
    if (call === undefined) return
    this.#ends.interrupt(call, options)
    if (options['mode'] === 'kill') call.isKilling = true
    else this.#ends.end(call, 'canceled')
  }

  /** The callee did not get the call after all: the caller's node may give it to another. */
  giveBack(call: Call, payload: Payload | undefined): void {
    this.#ends.end(call, 'undelivered')
    call.caller.link.giveBack?.(call.request, payload, call.foreign?.owner)
  }

  /** An answer came from another node after its call had ended here. */
  noteLate(): void {
    this.#context.counters.lateAnswersDropped++
  }

  /** The caller's node has no use for the answer any more. */
  abandon(caller: Session, request: number): void {
    const call = caller.calls.get(request)
    if (call !== undefined) this.#ends.end(call, 'canceled')
  }
}
