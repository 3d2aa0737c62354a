// Routers without sockets, in one process, that take turns: what a routed message costs with something beside without it.
// Must never use a network.

import type { Router, RouterOptions, Rule, Transport } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { median } from './load/measure.ts'

const MESSAGES = 10_000
const PAIRS = 41
const BEFORE = 4
export const SUBSCRIBERS = 10
const TEXT = ['abcdefghijklmnop']
const RULES: readonly Rule[] = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }]

/** A router and its peers in this turn of the event loop. */
export class Scene {
  readonly router: Router
  /** Called after each round of messages. */
  onRound: () => unknown = () => undefined
  readonly #deferred: (() => void)[] = []
  readonly #encoder = new TextEncoder()

  constructor(options: RouterOptions = {}) {
    const realm1 = { anonymousRole: 'all', roles: { all: RULES } }
    this.router = createRouter({ realms: { realm1 }, scheduler: { defer: (task) => void this.#deferred.push(task) }, ...options })
  }

  /** As once a second. */
  endRound(): void {
    this.router.tick()
    this.onRound()
  }

  /** Opens a session. @returns a function that sends a message */
  join(onMessage: () => void): (message: readonly unknown[]) => void {
    const owner = this.router.accept(transportOf('bench', onMessage))
    const say = (message: readonly unknown[]): void => {
      owner.onMessage(this.#encoder.encode(JSON.stringify(message)))
      for (let task = this.#deferred.shift(); task !== undefined; task = this.#deferred.shift()) task()
    }
    say(hello('realm1'))
    return say
  }
}

/** A HELLO of a session in all roles. */
export function hello(realm: string): readonly unknown[] {
  return [1, realm, { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]
}

/** The transport of a peer of this process, which takes all that is sent to it. */
export function transportOf(peer: string, onMessage: () => void): Transport {
  return {
    serializer: 'json',
    maxSendBytes: Number.POSITIVE_INFINITY,
    isWritable: true,
    pendingBytes: 0,
    info: { kind: 'websocket', peer, isSecure: false },
    send: onMessage,
    close: () => undefined,
    destroy: () => undefined,
  }
}

/** Routes messages; returns how many reached all their receivers. */
export type Work = () => number

/** Calls of one procedure, each answered at once. @param options those of each CALL */
export function calls(scene: Scene, options: object = {}): Work {
  let results = 0
  const callee = scene.join(() => undefined)
  callee([64, 1, {}, 'com.example.echo'])
  const caller = scene.join(() => void results++)
  let id = 0
  return () => {
    const before = results
    for (let i = 0; i < MESSAGES; i++) {
      caller([48, ++id, options, 'com.example.echo', TEXT])
      callee([70, id, {}, TEXT])
    }
    scene.endRound()
    return results - before
  }
}

/** Publications to ten subscribers. @param options those of each PUBLISH */
export function events(scene: Scene, options: object = {}): Work {
  let got = 0
  for (let i = 0; i < SUBSCRIBERS; i++) scene.join(() => void got++)([32, 1, {}, 'com.example.news'])
  const publisher = scene.join(() => undefined)
  let id = 0
  return () => {
    const before = got
    for (let i = 0; i < MESSAGES; i++) publisher([16, ++id, options, 'com.example.news', TEXT])
    scene.endRound()
    return (got - before) / SUBSCRIBERS
  }
}

/** Microseconds of processor time. */
function cost(work: Work): number {
  const before = process.cpuUsage()
  const done = work()
  const { user, system } = process.cpuUsage(before)
  if (done !== MESSAGES) throw new Error(`${done} of ${MESSAGES} messages arrived`)
  return user + system
}

/** Runs both in turn; prints the medians, and that of the ratios of the pairs. */
export function compare(name: string, one: Work, other: Work): void {
  for (let i = 0; i < BEFORE; i++) for (const work of [one, other]) cost(work)
  const pairs = Array.from({ length: PAIRS }, (_, i) => {
    if (i % 2 === 0) return [cost(one), cost(other)] as const
    const first = cost(other)
    return [cost(one), first] as const
  })
  const [a, b] = [median(pairs.map(([each]) => each)), median(pairs.map(([, each]) => each))]
  const ratio = median(pairs.map(([left, right]) => left / right))
  console.log(`${name}: ${(a / MESSAGES).toFixed(2)} to ${(b / MESSAGES).toFixed(2)} us, ratio ${ratio.toFixed(3)}`)
}
