// Which callee is given a call, by the letter of the protocol: the policies of shared registrations, what callees must be able to
// take, and what happens to a call if too much is queued for its callee.

import { identityOf } from './broker.ts'
import { OneOf } from './expectation.ts'
import type { Asked, ModelCallee, ModelContext, ModelRegistration, ModelSession, Place } from './state.ts'
import { ERRORS, needsBinary } from './state.ts'

type Options = Readonly<Record<string, unknown>>

/** What a callee would be sent. */
export interface Offer {
  readonly callee: ModelCallee
  readonly message: readonly unknown[]
  readonly details: Options
  readonly wantsProgress: boolean
  /** An error, or one of several; undefined when the callee can get the call. */
  readonly refusal: unknown
}

export class ModelOffers {
  readonly #context: ModelContext

  constructor(context: ModelContext) {
    this.#context = context
  }

  /** Offers a call to one callee after the other until one takes it, or cannot for a reason of its own. */
  offer(asked: Asked, registration: ModelRegistration, callees: readonly ModelCallee[]): Offer | undefined {
    let left = callees.map((callee) => this.#offer(asked, registration, callee))
    while (left.length > 0) {
      const chosen = this.#choose(registration, left)
      registration.lastOrder = chosen.callee.order
      if (chosen.refusal !== undefined) return chosen
      if (this.#context.offer(chosen.callee.session, chosen.message, asInvoked(this.#context))) return chosen
      if (registration.invoke === 'single') return undefined
      left = left.filter(({ callee }) => callee !== chosen.callee)
    }
    return undefined
  }

  /** What a callee would get, and why it may be unable to take it. */
  #offer({ caller, options, procedure, payload }: Asked, registration: ModelRegistration, callee: ModelCallee): Offer {
    const { session, wantsCaller, keepsTime } = callee
    const timeout = timeoutOf(options)
    const isStream = options['progress'] === true
    const wantsProgress = options['receive_progress'] === true
    const details = {
      ...(registration.match === 'exact' ? {} : { procedure }),
      ...(wantsProgress && session.canProgress ? { receive_progress: true } : {}),
      ...(options['disclose_me'] === true || wantsCaller ? identityOf(caller, 'caller') : {}),
      ...(keepsTime && timeout > 0 ? { timeout } : {}),
    }
    const message = [68, session.lastInvocation + 1, registration.id, isStream ? { ...details, progress: true } : details, ...payload]
    return { callee, message, details, wantsProgress, refusal: this.#refusalOf(session, message, payload, isStream) }
  }

  /** Why a callee cannot get a call. */
  #refusalOf(callee: ModelSession, message: readonly unknown[], payload: readonly unknown[], isStream: boolean): string | undefined {
    // A callee that takes chunks must be interruptible.
    if (isStream && !(callee.canCancel && callee.features.includes('callee.progressive_call_invocations'))) return ERRORS.notSupported
    if (needsBinary(payload) && callee.peer.serializer === 'json') return ERRORS.invalidArgument
    return isTooLarge(this.#context, callee, message) ? ERRORS.tooLarge : undefined
  }

  #choose({ invoke, lastOrder }: ModelRegistration, offers: readonly Offer[]): Offer {
    const [first] = offers
    if (first === undefined) throw new Error('a registration without callees')
    if (invoke === 'last') return offers.at(-1) ?? first
    if (invoke === 'roundrobin' && this.#context.choices.takesTurns) return offers.find(({ callee }) => callee.order > lastOrder) ?? first
    if (invoke === 'random' || invoke === 'roundrobin') return this.#seeWhich(offers) ?? first
    return first
  }

  /**
   * The callees that the router chose: first those for which too much was queued. When none got the call, one that is closed because too
   * much is queued, or any that cannot take it.
   */
  #seeWhich(offers: readonly Offer[]): Offer | undefined {
    const { choices, outlet } = this.#context
    const chosen =
      offers.find(({ callee, message }) => outlet.isRefused(callee.session.peer, message)) ??
      offers.find(({ callee, message }) => choices.wasInvoked(callee.session, message)) ??
      offers.find(({ callee }) => choices.isGone(callee.session))
    if (chosen !== undefined) return chosen
    const unable = offers.filter(({ refusal }) => refusal !== undefined)
    const [first] = unable
    return first === undefined ? undefined : { ...first, refusal: new OneOf(...unable.map(({ refusal }) => refusal)) }
  }
}

/** A callee gets its messages in order. */
export function asInvoked(context: ModelContext): Place {
  return { lane: 'invocations', rank: context.next() }
}

export function isTooLarge({ outlet }: ModelContext, { peer }: ModelSession, message: readonly unknown[]): boolean {
  return outlet.measure(peer, message).least > peer.maxBytes
}

export function timeoutOf(options: Options): number {
  const { timeout } = options as { readonly timeout?: unknown }
  return typeof timeout === 'number' ? timeout : 0
}
