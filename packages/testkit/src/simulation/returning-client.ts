// The product's own client that connects again by itself: what an application declares and requests, whether there is
// a connection or not, and ways to the router that fail. Its promises are checked elsewhere.

import type { Client, ClientTransport, Environment, OpenTransportOptions, WhileAway } from '@trunkline/client'
import { ConnectError, createClient, RevokedError, UsageError } from '@trunkline/client'
import { ABORT } from '@trunkline/protocol'
import type { ClientWorld } from './client.ts'
import { drawMeta } from './history-script.ts'
import { named, ProductClient } from './product-client.ts'
import { Random } from './random.ts'
import type { Declared } from './returning-checks.ts'
import { ReturningChecks } from './returning-checks.ts'
import { drawOffer, drawProcedure, drawPublishOptions, drawTopic, matchOption } from './script.ts'
import type { ClientPlan, Step } from './settings.ts'

type Owned = Declared & { readonly ready: () => Promise<void>; readonly takeBack: () => Promise<void> }

export class ReturningClient extends ProductClient {
  readonly #whileAway: WhileAway
  readonly #wakers = new Set<() => void>()
  readonly #checks: ReturningChecks
  #client: Client | undefined
  #subscriptions: Owned[] = []
  #registrations: Owned[] = []

  constructor(index: number, plan: ClientPlan, world: ClientWorld, random: Random) {
    super(index, plan, world, random)
    this.#whileAway = random.pick<WhileAway>(['wait', 'fail', { timeoutMs: random.pick([1, 20, 100, 400]) }])
    this.#checks = new ReturningChecks({
      urls: random.percent(50) ? ['one'] : ['one', 'two'],
      backoff: { initialMs: random.pick([40, 100, 300]), factor: random.pick([1, 2, 3]), maxMs: random.pick([300, 800, 3000]) },
      whileAway: this.#whileAway,
      now: () => world.now(),
      blame: (text) => this.blame(text),
    })
  }

  act({ kind, seed }: Step): void {
    const random = new Random(seed)
    const client = (this.#client ??= this.#create())
    if (client.state.status === 'stopped' && random.percent(50)) client.start()
    switch (kind) {
      case 'subscribe':
        return this.#subscribe(client, random)
      case 'register':
        return this.#register(client, random)
      case 'unsubscribe':
        return this.#takeBack(this.#subscriptions, random)
      case 'unregister':
        return this.#takeBack(this.#registrations, random)
      case 'publish':
        return this.#publish(client, random)
      case 'call':
        return this.#call(client, random)
      case 'meta': {
        const { procedure, args, kwargs } = drawMeta(random, this.world, this.plan)
        return this.#ask([48, {}, procedure], undefined, () => client.call(procedure, args, { kwargs }))
      }
      case 'answer':
        return this.answerOne(random)
      case 'cancel':
        return this.#hurry(client, random)
      case 'leave':
        if (random.percent(60)) return this.watch(client.stop())
        return this.watch(client.session().then((session) => session.leave()))
      case 'drop':
        return this.connection?.cut()
      case 'hostile':
        return this.watch(client.publish('wamp.mine', ['x']))
      case 'flood':
      case 'parts':
      case 'vanish':
      case 'stall':
      case 'resume':
      case 'wait':
        return
    }
  }

  part(isGraceful: boolean): void {
    if (this.#client === undefined) return
    if (this.connection?.isUsable === true && !this.connection.isClosedByRouter) this.#checks.checkRestored()
    if (!isGraceful) this.connection?.cut()
    this.watch(this.#client.stop())
  }

  override leftovers(): string[] {
    const left = super.leftovers()
    if (this.#wakers.size > 0) left.push(`client ${this.index} still listens to its environment`)
    if (this.#client !== undefined && this.#client.state.status !== 'stopped') left.push(`client ${this.index} is not stopped`)
    return left
  }

  #create(): Client {
    const { urls, backoff } = this.#checks.settings
    const environment: Environment = {
      onWake: (listener) => {
        this.#wakers.add(listener)
        return () => void this.#wakers.delete(listener)
      },
    }
    const client = createClient({
      url: urls,
      backoff,
      whileAway: this.#whileAway,
      realm: this.plan.realm,
      clock: this.clock,
      now: () => this.world.now(),
      random: () => this.random.bits() / 2 ** 32,
      environment,
      // The application did not request what the client would ask here; a test of the client shows when it asks.
      silenceMs: Infinity,
      openTimeoutMs: this.random.pick([100, 2000]),
      openTransport: (_, options) => this.#openTransport(options),
      onError: (error) => this.hear(error),
    })
    this.#checks.attach(client)
    return client
  }

  /** The network may fail; a connection that reaches the router behaves normally. */
  #openTransport({ signal }: OpenTransportOptions): ClientTransport | Promise<ClientTransport> {
    const mood = this.random.below(100)
    const open = (): ClientTransport => this.openConnection(this.#checks.openLink())
    if (mood < 70) return open()
    if (mood < 80) throw new ConnectError('TL_CONNECT_FAILED', 'no router listens')
    if (mood < 90) return this.#wait(mood < 84 ? Infinity : this.random.between(1, 80), signal).then(open)
    return this.#refusing(mood < 97 ? 'wamp.close.system_shutdown' : 'wamp.error.no_such_realm')
  }

  #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = milliseconds === Infinity ? () => undefined : this.world.after(milliseconds, resolve)
      const abort = (): void => {
        cancel()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Some other router, which takes no session. */
  #refusing(reason: string): ClientTransport {
    let close = (): void => undefined
    return {
      attach: (owner) => {
        const cancel = this.world.after(5, () => owner.onMessage({ type: ABORT, details: {}, reason, payload: undefined }))
        close = () => {
          cancel()
          this.world.after(1, () => owner.onClose({ wasClean: true }))
        }
      },
      send: () => undefined,
      close: () => close(),
    }
  }

  #subscribe(client: Client, random: Random): void {
    const { uri, match } = drawTopic(random, this.world.uris, this.world.histories(this.plan))
    const options = { ...matchOption(match, random), ...(random.percent(20) ? { get_retained: true } : {}) }
    const onEvent = (): void => {
      if (owned.isWithdrawn) this.blame(`an event of ${uri} reached a handler that was taken away`)
      this.maybeThrow()
    }
    const owned: Owned = this.#checks.declare([32, options, uri], () => {
      const declaration = client.subscribe(uri, onEvent, named(options))
      return { declaration, ready: () => declaration.ready, takeBack: () => declaration.unsubscribe() }
    })
    this.#keep(this.#subscriptions, owned, random)
  }

  #register(client: Client, random: Random): void {
    const offer = drawOffer(random, this.world.uris, this.world.shared)
    const { uri } = offer
    if (uri === 'wamp') return
    const options = { ...offer.options, ...(random.percent(8) ? { disclose_caller: true } : {}) }
    const owned = this.#checks.declare([64, options, uri], () => {
      const declaration = client.register(uri, () => this.answer(), named(options))
      return { declaration, ready: () => declaration.ready, takeBack: () => declaration.unregister() }
    })
    this.#keep(this.#registrations, owned, random)
  }

  #keep(list: Owned[], owned: Owned, random: Random): void {
    list.push(owned)
    // Withdrawn before, revoked, or refused: the promise rejects.
    if (random.percent(30)) this.watch(owned.ready(), (error) => error instanceof UsageError || error instanceof RevokedError)
  }

  #takeBack(list: Owned[], random: Random): void {
    const owned = random.pickAny(list)
    if (owned === undefined) return
    list.splice(list.indexOf(owned), 1)
    this.#checks.withdrawn(owned)
    this.watch(owned.takeBack())
  }

  #publish(client: Client, random: Random): void {
    const options = drawPublishOptions(random, this.world.seenBy(this.plan))
    const topic = random.pick(this.world.uris)
    const [args, kwargs] = this.payload(random)
    this.#ask([16, options, topic], undefined, () => client.publish(topic, args, { ...named(options), kwargs }))
  }

  #call(client: Client, random: Random): void {
    const token = this.world.token(this.index)
    const [args, kwargs] = this.payload(random, token)
    const options = random.percent(10) ? { disclose_me: true } : {}
    const procedure = drawProcedure(random, this.world.uris, this.world.shared)
    const marked = args?.[0] === token ? args : [token]
    this.#ask([48, options, procedure], token, () => client.call(procedure, marked, { ...named(options), kwargs }))
  }

  #ask(wanted: readonly [number, object, string], token: string | undefined, ask: () => Promise<unknown>): void {
    this.watch(this.#checks.request(wanted, token, ask))
  }

  #hurry(client: Client, random: Random): void {
    this.#checks.hurried()
    if (random.percent(50)) client.connectNow()
    else for (const wake of [...this.#wakers]) wake()
  }
}
