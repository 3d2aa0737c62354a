// When a client that connects again by itself may repeat, in the same session, the request for a refused declaration: after
// temporary refusals, within the bounds of its backoff, or at once when the registration in the way is gone. Sends nothing.

import type { Backoff } from '@trunkline/client'

export interface RepeatSettings {
  readonly backoff: Backoff
  now(): number
}

const ON_DELETE = 'wamp.registration.on_delete'

const PASSING: readonly unknown[] = [
  'wamp.error.procedure_already_exists',
  'wamp.error.unavailable',
  'wamp.error.authorization_failed',
  'wamp.error.timeout',
  'trunkline.error.limit_exceeded',
]

/** The answers to one declaration since it was last granted. */
interface Refusals {
  attempts: number
  since: number
  at: number
  registration: unknown
  mayPass: boolean
}

/** The refusals that came on one connection. */
export class Repeats {
  readonly #settings: RepeatSettings
  /** By the id of the latest request. */
  readonly #refused = new Map<number, Refusals>()
  /** By what was granted: the request that brought it. */
  readonly #granted = new Map<string, number>()
  readonly #watching = new Set<unknown>()
  readonly #watches = new Set<unknown>()
  /** When the client was notified that registrations are gone. */
  readonly #gone = new Map<unknown, number>()

  constructor(settings: RepeatSettings) {
    this.#settings = settings
  }

  /** Whether a subscription, by its name, is the one by which the client is notified of registrations that are gone. */
  isWatch(name: string): boolean {
    return [...this.#watches].some((id) => name === `subscription ${String(id)}`)
  }

  sent([type, request, , uri]: readonly unknown[]): void {
    if (type === 32 && uri === ON_DELETE) this.#watching.add(request)
  }

  received([type, first, second, third, fourth]: readonly unknown[]): void {
    if (type === 8 && (first === 32 || first === 64))
      this.#refuse(second as number, PASSING.includes(fourth), detailOf(third, 'registration'))
    else if (type === 33 || type === 65) this.#grant(type, first as number, second)
    else if ((type === 35 || type === 67) && first === 0) this.#revoke(type, second)
    else if (type === 36 && this.#watches.has(first)) this.#gone.set((fourth as readonly unknown[] | undefined)?.[1], this.#settings.now())
  }

  /** Whether the client may subscribe to the end of registrations. */
  mayWatch([type, , , uri]: readonly unknown[]): boolean {
    return type === 32 && uri === ON_DELETE && [...this.#refused.values()].some(({ registration }) => typeof registration === 'number')
  }

  /** How often the router has temporarily refused what `request` asked for; undefined when it gave another answer, or none. */
  attemptsOf(request: number): number | undefined {
    const refusals = this.#refused.get(request)
    return refusals?.mayPass === true ? refusals.attempts : undefined
  }

  /** Whether `next` may now repeat `request`. */
  mayRepeat(request: number, next: number): boolean {
    const refusals = this.#refused.get(request)
    if (refusals === undefined || !refusals.mayPass) return false
    this.#refused.delete(request)
    this.#refused.set(next, { ...refusals, mayPass: false })
    const now = this.#settings.now()
    return now <= this.#latest(refusals) || this.#gone.get(refusals.registration) === now
  }

  /** Whether the request should have been repeated by now. */
  isLate(request: number): boolean {
    const refusals = this.#refused.get(request)
    return refusals?.mayPass === true && this.#settings.now() > this.#latest(refusals)
  }

  #refuse(request: number, mayPass: boolean, registration: unknown): void {
    const now = this.#settings.now()
    const before = this.#refused.get(request)
    const attempts = (before?.attempts ?? 0) + 1
    this.#refused.set(request, { attempts, since: attempts === 1 ? now : (before?.since ?? now), at: now, registration, mayPass })
  }

  #grant(type: 33 | 65, request: number, id: unknown): void {
    if (this.#watching.has(request)) this.#watches.add(id)
    this.#refused.delete(request)
    this.#granted.set(`${type} ${String(id)}`, request)
  }

  /** The first request after it is an attempt like any. */
  #revoke(type: 35 | 67, details: unknown): void {
    const id = detailOf(details, type === 35 ? 'subscription' : 'registration')
    const request = this.#granted.get(`${type - 2} ${String(id)}`)
    const reason = detailOf(details, 'reason')
    const now = this.#settings.now()
    const mayPass = PASSING.includes(reason) || reason === 'trunkline.error.taken_over'
    if (request !== undefined) this.#refused.set(request, { attempts: 0, since: now, at: now, registration: undefined, mayPass })
  }

  #latest({ attempts, since, at }: Refusals): number {
    const { initialMs, factor, maxMs } = this.#settings.backoff
    const bound = Math.min(maxMs, initialMs * factor ** Math.max(0, attempts - 1), Math.max(initialMs, (at - since) / 4))
    return at + Math.round(bound)
  }
}

function detailOf(details: unknown, name: string): unknown {
  return (details as Readonly<Record<string, unknown>> | undefined)?.[name]
}
