// The two kinds of declarations. Each keeps what an application said, and says it to every session alike.

import { REGISTER, SUBSCRIBE } from '@trunkline/protocol'
import type { InvocationHandler } from '../invocation.ts'
import type { RegisterOptions, SubscribeOptions } from '../options.ts'
import { checkOptions, dictOf } from '../options.ts'
import type { Session } from '../session.ts'
import type { EventHandler } from '../subscriber.ts'
import type { DeclarationOwner, DeclarationState, TakeBack } from './declaration.ts'
import { Declaration } from './declaration.ts'

/** What all declarations show. */
interface Declared {
  readonly state: DeclarationState
  /** Why it is refused, in that state. */
  readonly error: unknown
  /**
   * Settles when the open session, or the next, has brought it or was refused it. Rejects when it is withdrawn or the
   * client stops.
   */
  readonly ready: Promise<void>
}

/**
 * A subscription that every session of a client makes anew, until `unsubscribe`. The `subscription` of an event is that
 * of one session: what unsubscribes that one lets it come back in the next.
 */
export interface DeclaredSubscription extends Declared {
  readonly topic: string
  readonly handler: EventHandler
  readonly options: SubscribeOptions
  /** In any state: no event reaches the handler any more. Resolves when the router has agreed, or needs not be asked. */
  unsubscribe(): Promise<void>
}

/** A registration that every session of a client makes anew, until `unregister`. */
export interface DeclaredRegistration extends Declared {
  readonly procedure: string
  readonly handler: InvocationHandler
  readonly options: RegisterOptions
  /** In any state. Invocations that come before the router agreed are still answered. */
  unregister(): Promise<void>
}

export class SubscriptionDeclaration extends Declaration implements DeclaredSubscription {
  readonly topic: string
  readonly handler: EventHandler
  readonly options: SubscribeOptions

  /** @throws {UsageError} for options that a router would refuse */
  constructor(owner: DeclarationOwner, topic: string, handler: EventHandler, options: SubscribeOptions) {
    super(owner)
    this.topic = topic
    this.handler = handler
    this.options = { ...options }
    checkOptions({ type: SUBSCRIBE, request: 1, options: dictOf(options), topic })
  }

  unsubscribe(): Promise<void> {
    return this.withdraw()
  }

  protected async request(session: Session): Promise<TakeBack> {
    const onEvent: EventHandler = (event) => (this.state === 'withdrawn' ? undefined : this.handler(event))
    const subscription = await session.subscribe(this.topic, onEvent, this.options)
    void subscription.ended.then((end) => this.ended(session, this.topic, end))
    return () => subscription.unsubscribe()
  }
}

export class RegistrationDeclaration extends Declaration implements DeclaredRegistration {
  readonly procedure: string
  readonly handler: InvocationHandler
  readonly options: RegisterOptions

  /** @throws {UsageError} for options that a router would refuse */
  constructor(owner: DeclarationOwner, procedure: string, handler: InvocationHandler, options: RegisterOptions) {
    super(owner)
    this.procedure = procedure
    this.handler = handler
    this.options = { ...options }
    checkOptions({ type: REGISTER, request: 1, options: dictOf(options), procedure })
  }

  unregister(): Promise<void> {
    return this.withdraw()
  }

  protected async request(session: Session): Promise<TakeBack> {
    const registration = await session.register(this.procedure, this.handler, this.options)
    void registration.ended.then((end) => this.ended(session, this.procedure, end))
    return () => registration.unregister()
  }
}
