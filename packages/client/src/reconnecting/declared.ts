// The two kinds of declarations. Each keeps the arguments of the application and repeats the request in every session.

import { DURABLE, REGISTER, SUBSCRIBE } from '@trunkline/protocol'
import { checkOptions } from '../checks.ts'
import type { InvocationHandler } from '../invocation.ts'
import type { RegisterOptions, SubscribeOptions } from '../options.ts'
import { wireOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { EventHandler } from '../subscriber.ts'
import type { Declared } from './declaration-state.ts'
import type { EventStream } from '../event-stream.ts'
import type { DeclarationOwner, Granted } from './declaration.ts'
import { Declaration } from './declaration.ts'
import { Resumption } from './resumption.ts'

/**
 * A subscription that every session of a client makes again, until `unsubscribe`: to topics that are durable at the router without
 * loss, see `recovered` of {@link Subscription}. The `subscription` of an event belongs to
 * one session: if only that one is unsubscribed, the next session subscribes again.
 */
export interface DeclaredSubscription extends Declared {
  readonly topic: string
  readonly handler: EventHandler
  readonly options: SubscribeOptions
  /** Ends the declaration in any state: the handler gets no more events. Resolves when the subscription has ended at the router, too. */
  unsubscribe(): Promise<void>
}

/** A registration that every session of a client makes again, until `unregister`. */
export interface DeclaredRegistration extends Declared {
  readonly procedure: string
  readonly handler: InvocationHandler
  readonly options: RegisterOptions
  /** Ends the declaration in any state. Invocations that arrive before the router's answer are still answered. */
  unregister(): Promise<void>
}

export class SubscriptionDeclaration extends Declaration implements DeclaredSubscription {
  readonly handler: EventHandler
  readonly options: SubscribeOptions
  protected readonly isForcing = false

  readonly #stream: EventStream | undefined
  readonly #resumption = new Resumption()

  /**
   * @param receiver the handler or the loop that gets the events
   * @throws {UsageError} for options that a router would refuse
   */
  constructor(owner: DeclarationOwner, topic: string, receiver: EventHandler | EventStream, options: SubscribeOptions) {
    super(owner, topic)
    this.#stream = typeof receiver === 'object' ? receiver : undefined
    this.handler = typeof receiver === 'object' ? receiver.handler : receiver
    this.options = { ...options }
    checkOptions({ type: SUBSCRIBE, request: 1, options: wireOptions(SUBSCRIBE, options), topic })
  }

  get topic(): string {
    return this.uri
  }

  unsubscribe(): Promise<void> {
    return this.withdraw()
  }

  /** A loop ends with its client, by the error that stopped it if there was one. */
  override stopped(error: Error): void {
    super.stopped(error)
    if (this.#stream?.end(error.cause === undefined ? {} : { error }) === true) void this.withdraw()
  }

  protected async request(session: Session): Promise<Granted> {
    // The router knows how far a durable subscription is.
    const resumption = this.options[DURABLE] === undefined ? this.#resumption : undefined
    const onEvent: EventHandler = (event) =>
      this.state.status === 'withdrawn' || resumption?.takes(event) === false ? undefined : this.handler(event)
    const options = resumption?.optionsIn(session, this.topic, this.options) ?? this.options
    const subscription = await session.subscribe(this.topic, onEvent, options)
    resumption?.granted(subscription)
    this.#stream?.granted(subscription)
    return subscription
  }
}

export class RegistrationDeclaration extends Declaration implements DeclaredRegistration {
  readonly handler: InvocationHandler
  readonly options: RegisterOptions
  protected readonly isForcing: boolean

  /** @throws {UsageError} for options that a router would refuse */
  constructor(owner: DeclarationOwner, procedure: string, handler: InvocationHandler, options: RegisterOptions) {
    super(owner, procedure)
    this.handler = handler
    this.options = { ...options }
    this.isForcing = options.forceReregister === true
    checkOptions({ type: REGISTER, request: 1, options: wireOptions(REGISTER, options), procedure })
  }

  get procedure(): string {
    return this.uri
  }

  unregister(): Promise<void> {
    return this.withdraw()
  }

  protected async request(session: Session): Promise<Granted> {
    return session.register(this.procedure, this.handler, this.options)
  }
}
