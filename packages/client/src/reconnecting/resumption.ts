// How far a declared subscription to durable topics has come, so that the next session gets what was missed. Sends nothing.

import type { Dict } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { SubscribeOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { ReceivedEvent, Subscription } from '../subscriber.ts'

/** The earlier sessions of which the router takes the ids. */
const MOST_SESSIONS = 16

export class Resumption {
  /** Undefined while the topic is not known to be durable. */
  #epoch: string | undefined
  #position = 0
  /** The sessions since the last event: the router excludes them from what they published. */
  #sessions: readonly number[] = []
  #subscription: Subscription | undefined

  /** The options of the SUBSCRIBE of a session; those of the application where there is nothing to resume. */
  optionsIn(session: Session, topic: string, options: SubscribeOptions): SubscribeOptions {
    if (!session.supports('broker', '_resume') || isForRouter(topic) || options['_resume'] !== undefined) return options
    const [epoch, position, sessions] = [this.#epoch, this.#position, this.#sessions]
    this.#sessions = [...sessions, session.id].slice(-MOST_SESSIONS)
    return { ...options, _resume: epoch === undefined ? {} : { epoch, position, sessions } }
  }

  /** The router has granted a subscription: a new one goes on where its answer says, unless it goes on where the last one was. */
  granted(subscription: Subscription): void {
    if (this.#subscription === subscription) return
    this.#subscription = subscription
    const { details, recovered } = subscription
    if (recovered !== true) this.#move(details ?? {})
  }

  /** Takes an event; false for one that was there already. */
  takes({ details, subscription }: ReceivedEvent): boolean {
    this.granted(subscription)
    if (details['_epoch'] === undefined || details['retained'] === true) return true
    if (details['_epoch'] === this.#epoch && (details['_position'] as number) <= this.#position) return false
    this.#move(details)
    this.#sessions = this.#sessions.slice(-1)
    return true
  }

  #move({ _epoch: epoch, _position: position }: Dict): void {
    this.#epoch = epoch as string | undefined
    this.#position = position as number
  }
}
