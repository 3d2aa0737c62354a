// A client made of the product's own client: its session, its promises and handlers, over the simulated network.

import type { Registration, Session, Subscription } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { history } from '@trunkline/client/history'
import { drawMeta } from './history-script.ts'
import { named, ProductClient } from './product-client.ts'
import { Random } from './random.ts'
import type { Target } from './script.ts'
import { drawOffer, drawProcedure, drawPublishOptions, drawTopic, matchOption } from './script.ts'
import type { Step } from './settings.ts'

export class RealClient extends ProductClient {
  #session: Session | undefined
  #isOpening = false
  #subscriptions: Subscription[] = []
  #registrations: Registration[] = []

  act(step: Step): void {
    const random = new Random(step.seed)
    if (step.kind === 'drop') return this.connection?.cut()
    if (this.#session?.isOpen === true) return this.#actOpen(this.#session, step.kind, random)
    if (!this.#isOpening && this.connection === undefined) this.#join()
  }

  part(isGraceful: boolean): void {
    if (isGraceful && this.#session?.isOpen === true) this.watch(this.#session.leave())
    else this.connection?.cut()
  }

  #join(): void {
    this.#isOpening = true
    const { realm } = this.plan
    const opening = openSession({
      realm,
      transport: this.openConnection(),
      clock: this.clock,
      random: () => 0.5,
      onError: (error: unknown) => this.hear(error),
    })
    opening.then(
      (session) => this.#opened(session),
      () => this.#opened(undefined),
    )
    this.watch(opening, () => true)
  }

  #opened(session: Session | undefined): void {
    this.#isOpening = false
    this.#session = session
    this.#subscriptions = []
    this.#registrations = []
    if (session === undefined) return
    const ended = session.closed.then(() => {
      if (this.#session === session) this.#session = undefined
    })
    this.watch(ended)
  }

  #actOpen(session: Session, kind: Step['kind'], random: Random): void {
    switch (kind) {
      case 'subscribe': {
        const { uri, match } = drawTopic(random, this.world.uris, this.world.histories(this.plan))
        return this.watch(
          session
            .subscribe(uri, () => this.maybeThrow(), named(matchOption(match, random) ?? {}))
            .then((subscription) => this.#subscriptions.push(subscription)),
        )
      }
      case 'unsubscribe':
        return this.#giveBack(this.#subscriptions, random, (subscription) => subscription.unsubscribe())
      case 'publish':
        return this.#publish(session, random)
      case 'register': {
        const { uri, options } = drawOffer(random, this.world.uris, this.world.shared)
        if (uri === 'wamp') return
        const wishes = { ...options, ...(random.percent(8) ? { disclose_caller: true } : {}) }
        const registering = session.register(uri, () => this.answer(), named(wishes))
        return this.watch(registering.then((registration) => this.#registrations.push(registration)))
      }
      case 'unregister':
        return this.#giveBack(this.#registrations, random, (registration) => registration.unregister())
      case 'call': {
        const [args, kwargs] = this.payload(random)
        const procedure = drawProcedure(random, this.world.uris, this.world.shared)
        return this.watch(session.call(procedure, args, { kwargs, ...(random.percent(10) ? { discloseMe: true } : {}) }))
      }
      case 'meta': {
        const kept = this.world.histories(this.plan)
        if (kept.length > 0 && random.percent(20)) return this.#readPast(session, random.pick(kept), random)
        const { procedure, args, kwargs } = drawMeta(random, this.world, this.plan)
        return this.watch(session.call(procedure, args, { kwargs }))
      }
      case 'answer':
        return this.answerOne(random)
      case 'leave':
        return this.watch(session.leave())
      case 'hostile': // This client tries what the product itself refuses before it is sent.
        return this.watch(session.publish('wamp.mine', ['x']))
      case 'cancel':
      case 'flood':
      case 'parts':
      case 'drop':
      case 'vanish':
      case 'stall':
      case 'resume':
      case 'wait':
        return
    }
  }

  /** Page by page. A limit applies to all pages together, and no event is on two pages. */
  #readPast(session: Session, { uri, match }: Target, random: Random): void {
    const limit = random.pick([1, 3, 5, Infinity])
    const filter = { limit, pageSize: random.pick([1, 2, 100]), reverse: random.percent(50) }
    const reading = async (): Promise<void> => {
      const publications: number[] = []
      for await (const { publication } of history(session, { topic: uri, match }, filter)) publications.push(publication)
      const isGood = new Set(publications).size === publications.length && publications.length <= limit
      if (!isGood) this.blame(`the history of ${uri} came as ${publications.join(' ')}, with limit ${limit}`)
    }
    this.watch(reading())
  }

  #publish(session: Session, random: Random): void {
    const [args, kwargs] = this.payload(random)
    const options = drawPublishOptions(random, this.world.seenBy(this.plan))
    this.watch(session.publish(random.pick(this.world.uris), args, { ...named(options), kwargs }))
  }

  #giveBack<Owned>(owned: Owned[], random: Random, how: (one: Owned) => Promise<void>): void {
    const one = random.pickAny(owned)
    if (one === undefined) return
    owned.splice(owned.indexOf(one), 1)
    this.watch(how(one))
  }
}
