// Measures what metrics that are read cost a routed message, without sockets: two routers in one process take turns, and only one of
// them times its calls. Run: npx tsx --conditions=trunkline-source bench/metrics.bench.ts. It must never use a network.

import type { Router, Rule, Transport } from '@trunkline/router'
import { createRouter } from '@trunkline/router'

const MESSAGES = 10_000
const PAIRS = 41
const BEFORE = 4
const SUBSCRIBERS = 10
const TEXT = ['abcdefghijklmnop']
const RULES: readonly Rule[] = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }]
const HELLO = [1, 'realm1', { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]

/** A router and its peers in this turn of the event loop. */
class Scene {
  readonly router: Router
  readonly #deferred: (() => void)[] = []
  readonly #encoder = new TextEncoder()

  constructor() {
    const realm1 = { anonymousRole: 'all', roles: { all: RULES } }
    this.router = createRouter({ realms: { realm1 }, scheduler: { defer: (task) => void this.#deferred.push(task) } })
  }

  /** Opens a session. @returns a function that sends a message */
  join(onMessage: () => void): (message: readonly unknown[]) => void {
    const transport: Transport = {
      serializer: 'json',
      maxSendBytes: Number.POSITIVE_INFINITY,
      isWritable: true,
      pendingBytes: 0,
      info: { kind: 'websocket', peer: 'bench', isSecure: false },
      send: onMessage,
      close: () => undefined,
      destroy: () => undefined,
    }
    const owner = this.router.accept(transport)
    const say = (message: readonly unknown[]): void => {
      owner.onMessage(this.#encoder.encode(JSON.stringify(message)))
      for (let task = this.#deferred.shift(); task !== undefined; task = this.#deferred.shift()) task()
    }
    say(HELLO)
    return say
  }
}

/** Routes messages; returns how many reached all their receivers. */
type Work = () => number

function calls(scene: Scene): Work {
  let results = 0
  const callee = scene.join(() => undefined)
  callee([64, 1, {}, 'com.example.echo'])
  const caller = scene.join(() => void results++)
  let id = 0
  return () => {
    const before = results
    for (let i = 0; i < MESSAGES; i++) {
      caller([48, ++id, {}, 'com.example.echo', TEXT])
      callee([70, id, {}, TEXT])
    }
    // As once a second.
    scene.router.tick()
    return results - before
  }
}

function events(scene: Scene): Work {
  let got = 0
  for (let i = 0; i < SUBSCRIBERS; i++) scene.join(() => void got++)([32, 1, {}, 'com.example.news'])
  const publisher = scene.join(() => undefined)
  let id = 0
  return () => {
    const before = got
    for (let i = 0; i < MESSAGES; i++) publisher([16, ++id, {}, 'com.example.news', TEXT])
    scene.router.tick()
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Runs both in turn; prints the medians, and that of the ratios of the pairs. */
function compare(name: string, one: Work, other: Work): void {
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

function measured(): Scene {
  const scene = new Scene()
  scene.router.durations.start()
  return scene
}

compare('call, metrics on to off', calls(measured()), calls(new Scene()))
compare(`publication to ${SUBSCRIBERS}, metrics on to off`, events(measured()), events(new Scene()))
