// Whether the states of a client that connects again by itself follow each other in an allowed order: attempts, addresses, and how long
// it waits. Knows nothing of what is sent.

import type { Backoff, ClientState } from '@trunkline/client'

export interface WalkSettings {
  readonly urls: readonly string[]
  readonly backoff: Backoff
  now(): number
  blame(text: string): void
}

export class StateWalk {
  readonly #settings: WalkSettings
  #state: ClientState = { status: 'stopped', cause: undefined }
  #attempt = 1
  /** How often the address has changed. */
  #turn = 0
  /** The longest time that the latest waiting could take. */
  #bound = 0
  #connectedAt = 0
  #awaySince = 0
  #hurriedAt = -1

  constructor(settings: WalkSettings) {
    this.#settings = settings
  }

  /** The state in which the client was made. */
  started(state: ClientState): void {
    if (state.status !== 'connecting') return this.#blame(state)
    this.next(state)
  }

  hurried(): void {
    this.#hurriedAt = this.#settings.now()
  }

  next(state: ClientState): void {
    if (!this.#mayBecome(state)) this.#blame(state)
    this.#state = state
  }

  #mayBecome(state: ClientState): boolean {
    const before = this.#state
    const now = this.#settings.now()
    switch (state.status) {
      case 'connecting':
        if (before.status === 'stopped') this.#begin(now)
        else if (before.status !== 'waiting' || (now !== before.until && now !== this.#hurriedAt)) return false
        return state.attempt === this.#attempt && state.url === this.#url
      case 'connected':
        this.#connectedAt = now
        return before.status === 'connecting' && state.url === this.#url
      case 'waiting':
        if (before.status === 'connecting') this.#attempt++
        else if (before.status === 'connected') this.#lose(now)
        else return false
        this.#turn++
        return state.attempt === this.#attempt && this.#isWithinBound(state.until - now, now)
      case 'stopped':
        return before.status !== 'stopped'
    }
  }

  get #url(): string | undefined {
    const { urls } = this.#settings
    return urls[this.#turn % urls.length]
  }

  #begin(now: number): void {
    this.#attempt = 1
    this.#awaySince = now
  }

  /** Only a session that lasted resets the count of attempts. */
  #lose(now: number): void {
    const hasLasted = now - this.#connectedAt >= Math.max(this.#bound, this.#settings.backoff.initialMs)
    if (hasLasted) this.#begin(now)
    else this.#attempt++
  }

  #isWithinBound(delay: number, now: number): boolean {
    const { initialMs, factor, maxMs } = this.#settings.backoff
    this.#bound = Math.min(initialMs * factor ** (this.#attempt - 1), maxMs, Math.max(initialMs, now - this.#awaySince))
    return delay >= 0 && delay <= Math.round(this.#bound)
  }

  #blame(state: ClientState): void {
    this.#settings.blame(`it became ${show(state)} after ${show(this.#state)}`)
  }
}

function show(state: ClientState): string {
  const { status } = state
  if (status === 'waiting') return `waiting until ${state.until} with attempt ${state.attempt}`
  return status === 'connecting' ? `connecting to ${state.url} with attempt ${state.attempt}` : status
}
