// The command that tests clients of other projects with the router, with each other and with our client:
// `tsx --conditions=trunkline-source conformance/interop/interop.ts PYTHON [NAME…]`. PYTHON is the interpreter that has
// Autobahn|Python; with names only pairs of these clients are run.

import { PeerDriver, pythonProgram, startPeer } from './driver.ts'
import { VALUE_DEVIATIONS } from './known/deviations.ts'
import type { End } from './pair.ts'
import { PairRun, RemoteSession, textOf } from './pair.ts'
import { runRequestIds } from './request-ids.ts'
import { Report } from './report.ts'
import type { RunningRouter } from './router.ts'
import { REALM, startRouter } from './router.ts'

const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const
/** The serializers with which each client speaks RawSocket. */
const RAWSOCKET: Readonly<Record<string, readonly string[]>> = {
  ours: SERIALIZERS,
  'autobahn-js': ['json'],
  wampy: [],
  'autobahn-python': SERIALIZERS,
}

class Interop {
  readonly #router: RunningRouter
  readonly #drivers: ReadonlyMap<string, PeerDriver>
  readonly #report = new Report()
  #number = 0

  constructor(router: RunningRouter, drivers: ReadonlyMap<string, PeerDriver>) {
    this.#router = router
    this.#drivers = drivers
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
    return this.#report.finish(this.#drivers.size === Object.keys(RAWSOCKET).length ? VALUE_DEVIATIONS : [])
  }

  async #runPair(a: string, b: string): Promise<void> {
    const startedAt = performance.now()
    const sessions = new Map<string, RemoteSession>()
    const sessionOf = async (role: string, end: End): Promise<RemoteSession> => {
      const key = `${role} ${end.serializer} ${end.transport}`
      const session = sessions.get(key) ?? (await this.#connect(end, REALM))
      sessions.set(key, session)
      return session
    }
    let isFirst = true
    for (const [endA, endB] of combinations(a, b)) {
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

  async #connect(end: End, realm: string): Promise<RemoteSession> {
    const driver = this.#drivers.get(end.client)
    if (driver === undefined) throw new Error(`no client ${end.client}`)
    const session = `s${++this.#number}`
    const place = { url: this.#router[end.transport], realm, serializer: end.serializer }
    const { id } = (await driver.send({ op: 'join', session, ...place })) as { readonly id: number }
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

function speaksRawSocket(client: string, serializer: string): boolean {
  return RAWSOCKET[client]?.includes(serializer) === true
}

async function main(python: string, names: readonly string[]): Promise<number> {
  const router = await startRouter()
  const chosen = Object.keys(RAWSOCKET).filter((name) => names.length === 0 || names.includes(name))
  const drivers = new Map(
    chosen.map((name) => [name, name === 'autobahn-python' ? new PeerDriver(pythonProgram(python)) : startPeer(name)]),
  )
  try {
    return await new Interop(router, drivers).run()
  } finally {
    for (const driver of drivers.values()) driver.close()
    await router.close()
  }
}

const [python, ...names] = process.argv.slice(2)
if (python === undefined) {
  console.error('usage: interop.ts PYTHON [NAME…]')
  process.exitCode = 2
} else {
  process.exitCode = await main(python, names)
}
