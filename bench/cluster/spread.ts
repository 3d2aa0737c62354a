// Several whole routers of a cluster in one process, joined by Unix sockets, beside a single one: what the same deliveries and the same
// calls cost all of them together. Subscribers have sockets, all other sessions none.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { UnixBus } from '../../packages/router/src/cluster/unix-bus.ts'
import { hello, transportOf } from '../in-process.ts'
import { median } from '../load/measure.ts'

const REALM = {
  anonymousRole: 'all',
  roles: { all: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] },
}
const TEXT = 'x'.repeat(32)
const SUBSCRIBERS = 1_000
/** Publications that are under way together, and how often. */
const TOGETHER = 32
const ROUNDS = 10
/** Callers, and as many callees; each caller has this many calls open. */
const CALLERS = 4
const PER_TURN = 64
const TURNS = 300
const BEFORE = 3
const PAIRS = 11

type Say = (text: string) => void

/** Does something with all routers, and returns how many messages that were. */
type Work = () => Promise<number>

/** Some routers, all of them linked; a single one is in no cluster. */
class Nodes {
  readonly routers: readonly Router[]
  /** Ends what else was started. */
  onClose: () => unknown = () => undefined
  readonly #buses: readonly UnixBus[]
  readonly #folder: string

  private constructor(routers: readonly Router[], buses: readonly UnixBus[], folder: string) {
    this.routers = routers
    this.#buses = buses
    this.#folder = folder
  }

  static async open(count: number): Promise<Nodes> {
    const folder = mkdtempSync(pathOf(tmpdir(), 'spread-'))
    if (count === 1) return new Nodes([createRouter({ realms: { realm1: REALM } })], [], folder)
    const names = Array.from({ length: count }, (_, i) => `node-${i}`)
    const buses = await Promise.all(names.map((node) => UnixBus.open({ node, folder })))
    const routers = buses.map((bus) => createRouter({ realms: { realm1: REALM }, cluster: { name: 'bench', by: bus } }))
    for (const bus of buses) bus.connectTo(names)
    await Promise.all(routers.map((router, i) => router.untilJoined(names.filter((_, each) => each !== i))))
    return new Nodes(routers, buses, folder)
  }

  async close(): Promise<void> {
    await this.onClose()
    await Promise.all(this.routers.map((router) => router.close()))
    await Promise.all(this.#buses.map((bus) => bus.close()))
    rmSync(this.#folder, { recursive: true })
  }

  /** Opens the session with this number, on the nodes in turn. */
  join(number: number, onMessage: (octets: Uint8Array) => void): Say {
    const router = this.routers[number % this.routers.length] as Router
    const owner = router.accept({ ...transportOf('bench', () => undefined), send: onMessage })
    const say: Say = (text) => owner.onMessage(Buffer.from(text))
    say(JSON.stringify(hello('realm1')))
    return say
  }
}

/** What comes, and who waits for it. */
class Tally {
  count = 0
  #wanted = 0
  #onEnough = (): void => undefined

  add(): void {
    if (++this.count === this.#wanted) this.#onEnough()
  }

  reach(count: number): Promise<void> {
    this.#wanted = count
    return this.count >= count ? Promise.resolve() : new Promise((resolve) => (this.#onEnough = resolve))
  }
}

/** Prints what several nodes cost in all beside one. */
export async function benchSpread(): Promise<void> {
  console.log('\n| what | one router, us | over 4 nodes in all, us | ratio |\n|---|---|---|---|')
  await compare(`a delivery of 1 to ${SUBSCRIBERS}`, deliveries)
  await compare('a call, callees on each node', calls)
}

async function compare(what: string, begin: (nodes: Nodes) => Promise<Work>): Promise<void> {
  const both = [await Nodes.open(1), await Nodes.open(4)] as const
  const [one, four] = [await begin(both[0]), await begin(both[1])]
  for (let i = 0; i < BEFORE; i++) for (const work of [one, four]) await cost(work)
  const pairs: [number, number][] = []
  for (let i = 0; i < PAIRS; i++) pairs.push([await cost(one), await cost(four)])
  const [alone, together] = [median(pairs.map(([each]) => each)), median(pairs.map(([, each]) => each))]
  const ratio = median(pairs.map(([each, other]) => other / each))
  console.log(`| ${what} | ${alone.toFixed(2)} | ${together.toFixed(2)} | ${ratio.toFixed(2)} |`)
  for (const nodes of both) await nodes.close()
}

/** Microseconds of processor time for a message. */
async function cost(work: Work): Promise<number> {
  const before = process.cpuUsage()
  const messages = await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / messages
}

/** One publisher, and subscribers in a process of their own, on the nodes in turn. */
async function deliveries(nodes: Nodes): Promise<Work> {
  const listeners = nodes.routers.map((router) => router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } }))
  const ports = (await Promise.all(listeners)).map(({ address }) => new URL(address).port)
  const file = fileURLToPath(new URL('subscribers.ts', import.meta.url))
  const args = [TOGETHER * SUBSCRIBERS, SUBSCRIBERS, ...ports].map(String)
  const subscribers = Child.node([...FROM_SOURCE, file, ...args], { output: 'passed on', hasChannel: true })
  nodes.onClose = () => subscribers.end('SIGKILL')
  await subscribers.message()
  const publisher = nodes.join(0, () => undefined)
  let request = 0
  return async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < TOGETHER; i++) publisher(`[16,${++request},{},"com.example.topic",["${TEXT}"]]`)
      await subscribers.message()
    }
    return ROUNDS * TOGETHER * SUBSCRIBERS
  }
}

/** As many callers as callees, on the nodes in turn; answers come in turns of their own, as from sockets. */
async function calls(nodes: Nodes): Promise<Work> {
  const [results, registered] = [new Tally(), new Tally()]
  for (let i = 0; i < CALLERS; i++) {
    const invocations: string[] = []
    const answer = (): void => {
      for (const each of invocations.splice(0)) callee(`[70,${each},{},["${TEXT}"]]`)
    }
    const callee: Say = nodes.join(i, (octets) => {
      if (!isOf(octets, '68')) return registered.add()
      const text = Buffer.from(octets).toString('latin1')
      if (invocations.push(text.slice(4, text.indexOf(',', 4))) === 1) setImmediate(answer)
    })
    callee('[64,1,{"invoke":"roundrobin"},"com.example.procedure"]')
  }
  await registered.reach(2 * CALLERS)
  const callers = Array.from({ length: CALLERS }, (_, i) => nodes.join(i, (octets) => void (isOf(octets, '50') && results.add())))
  let [request, made] = [0, 0]
  return async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      for (let i = 0; i < PER_TURN; i++) {
        request++
        for (const caller of callers) caller(`[48,${request},{},"com.example.procedure",["${TEXT}"]]`)
      }
      made += PER_TURN * CALLERS
      await results.reach(made)
    }
    return TURNS * PER_TURN * CALLERS
  }
}

/** Whether a message is of this type, of two digits. */
function isOf(octets: Uint8Array, type: string): boolean {
  return octets[1] === type.charCodeAt(0) && octets[2] === type.charCodeAt(1)
}
