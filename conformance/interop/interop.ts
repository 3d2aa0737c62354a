// The command that tests clients of other projects with the router, with each other and with our client:
// `tsx --conditions=trunkline-source conformance/interop/interop.ts PYTHON [--between unix|nats] [--few] [NAME…]`. PYTHON is the interpreter
// that has Autobahn|Python; with names only pairs of these clients are run, with `--between` the two of a pair are at two nodes, with
// `--few` each serializer meets one other only.

import { PeerDriver, pythonProgram, startPeer } from './driver.ts'
import { VALUE_DEVIATIONS } from './known/deviations.ts'
import type { End } from './pair.ts'
import { PairRun, RemoteSession, textOf } from './pair.ts'
import { runRequestIds } from './request-ids.ts'
import { Report } from './report.ts'
import type { Nodes } from './nodes.ts'
import { startNodes } from './nodes.ts'
import { REALM } from './router.ts'
import type { Words } from './words.ts'
import { readWords } from './words.ts'

const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const
/** The serializers with which each client speaks RawSocket. */
const RAWSOCKET: Readonly<Record<string, readonly string[]>> = {
  ours: SERIALIZERS,
  'autobahn-js': ['json'],
  wampy: [],
  'autobahn-python': SERIALIZERS,
}

class Interop {
  readonly #nodes: Nodes
  readonly #drivers: ReadonlyMap<string, PeerDriver>
  readonly #report = new Report()
  readonly #isFew: boolean
  #number = 0

  constructor(nodes: Nodes, drivers: ReadonlyMap<string, PeerDriver>, isFew: boolean) {
    this.#nodes = nodes
    this.#drivers = drivers
    this.#isFew = isFew
  }

  async run(): Promise<number> {
    for (const a of this.#drivers.keys()) {
      for (const b of this.#drivers.keys()) await this.#runPair(a, b)
    }
    const startedAt = performance.now()
    await runRequestIds(
      (client) => this.#drivers.has(client),
      (end, realm) => this.#connect(end, realm),
      this.#report,
    )
    this.#report.endGroup('request ids', startedAt)
    return this.#report.finish(this.#drivers.size === Object.keys(RAWSOCKET).length && !this.#isFew ? VALUE_DEVIATIONS : [])
  }

  async #runPair(a: string, b: string): Promise<void> {
    const startedAt = performance.now()
    const sessions = new Map<string, RemoteSession>()
    const sessionOf = async (role: 'a' | 'b', end: End): Promise<RemoteSession> => {
      const key = `${role} ${end.serializer} ${end.transport}`
      const session = sessions.get(key) ?? (await this.#connect(end, REALM, role === 'a' ? 0 : 1))
      sessions.set(key, session)
      return session
    }
    let isFirst = true
    for (const [endA, endB] of this.#isFew ? few(a, b) : combinations(a, b)) {
      try {
        const run = new PairRun(await sessionOf('a', endA), await sessionOf('b', endB), this.#report, ++this.#number)
        await run.run(isFirst)
      } catch (error) {
        this.#report.fail(`${a} ${endA.serializer} -> ${b} ${endB.serializer}  the rest`, textOf(error))
        sessions.clear()
      }
      isFirst = false
    }
    const closing = [...sessions.values()].map((session) => session.do({ op: 'close' }))
    for (const outcome of await Promise.allSettled(closing)) {
      if (outcome.status === 'rejected') this.#report.fail(`${a} -> ${b}  close`, textOf(outcome.reason))
    }
    this.#report.endGroup(`${a} -> ${b}`, startedAt)
  }

  /** @param place the node that it connects to, where there are several */
  async #connect(end: End, realm: string, place = 0): Promise<RemoteSession> {
    const driver = this.#drivers.get(end.client)
    if (driver === undefined) throw new Error(`no client ${end.client}`)
    const session = `s${++this.#number}`
    const { routers } = this.#nodes
    const url = routers[place % routers.length]?.[end.transport] ?? ''
    const { id } = (await driver.send({ op: 'join', session, url, realm, serializer: end.serializer })) as { readonly id: number }
    return new RemoteSession(end, driver, session, id)
  }
}

/** Every serializer with every other over WebSocket; RawSocket with the same serializer if one of the two clients has it. */
function* combinations(a: string, b: string): Generator<readonly [End, End]> {
  for (const mine of SERIALIZERS) {
    for (const theirs of SERIALIZERS) {
      yield [
        { client: a, serializer: mine, transport: 'websocket' },
        { client: b, serializer: theirs, transport: 'websocket' },
      ]
    }
  }
  for (const serializer of SERIALIZERS) {
    const ends = [a, b].map((client): End => ({
      client,
      serializer,
      transport: speaksRawSocket(client, serializer) ? 'rawsocket' : 'websocket',
    }))
    const [endA, endB] = ends
    if (endA !== undefined && endB !== undefined && ends.some(({ transport }) => transport === 'rawsocket')) yield [endA, endB]
  }
}

/** Each serializer in both roles, with another at the other end. */
function* few(a: string, b: string): Generator<readonly [End, End]> {
  for (const [i, serializer] of SERIALIZERS.entries()) {
    const other = SERIALIZERS[(i + 1) % SERIALIZERS.length] ?? serializer
    yield [
      { client: a, serializer, transport: 'websocket' },
      { client: b, serializer: other, transport: 'websocket' },
    ]
  }
}

function speaksRawSocket(client: string, serializer: string): boolean {
  return RAWSOCKET[client]?.includes(serializer) === true
}

async function main({ between, isFew, names: [python = '', ...names] }: Words): Promise<number> {
  const nodes = await startNodes(between)
  const chosen = Object.keys(RAWSOCKET).filter((name) => names.length === 0 || names.includes(name))
  const drivers = new Map(
    chosen.map((name) => [name, name === 'autobahn-python' ? new PeerDriver(pythonProgram(python)) : startPeer(name)]),
  )
  try {
    return await new Interop(nodes, drivers, isFew).run()
  } finally {
    for (const driver of drivers.values()) driver.close()
    await nodes.close()
  }
}

const words = readWords(process.argv.slice(2))
if (words === undefined) {
  console.error('usage: interop.ts PYTHON [--between unix|nats] [--few] [NAME…]')
  process.exitCode = 2
} else process.exitCode = await main(words)
