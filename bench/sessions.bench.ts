// What it costs to open a session with one process and with two workers, in processor time of all processes of the router: where the
// processors are free, two workers open as many more in a second as their cost allows.
// `npx tsx --conditions=trunkline-source bench/sessions.bench.ts`; needs a built tree, and Linux.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'

const COMMAND = fileURLToPath(new URL('../packages/cli/bin/trunkline.js', import.meta.url))
const SESSIONS = 1_500
const AT_ONCE = 32
const PAIRS = 5
const START_MS = 120_000
const TICKS_A_SECOND = 100

/** A router with all its processes. */
class Router {
  readonly #child: Child
  readonly #url: string

  private constructor(child: Child, url: string) {
    this.#child = child
    this.#url = url
  }

  static async start(workers: number): Promise<Router> {
    const child = Child.node([COMMAND, 'start', '--config', file, '--workers', String(workers)])
    const [, url = ''] = await child.shows(workers === 1 ? /"address":"(ws:[^"]+)"/ : /"addresses":\["(ws:[^"]+)"/, { withinMs: START_MS })
    return new Router(child, url)
  }

  /** Opens sessions that leave again; returns the microseconds that one took. */
  async open(sessions: number): Promise<number> {
    const before = this.#seconds
    let left = sessions
    const open = async (): Promise<void> => {
      while (left-- > 0) await (await openSession({ url: this.#url, realm: 'realm1' })).leave()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, open))
    return ((this.#seconds - before) * 1e6) / sessions
  }

  get #seconds(): number {
    return [this.#child.pid, ...childrenOf(this.#child.pid)].reduce((sum, pid) => sum + secondsOf(pid), 0)
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}

function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

const folder = mkdtempSync(join(tmpdir(), 'trunkline-sessions-'))
const file = join(folder, 'trunkline.yaml')
writeFileSync(
  file,
  'listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]\nrealms: { realm1: { anonymous: { role: guest }, roles: { guest: [] } } }\n',
)
try {
  const routers = [await Router.start(1), await Router.start(2)] as const
  for (const router of routers) await router.open(SESSIONS)
  const costs: (readonly [number, number])[] = []
  for (let i = 0; i < PAIRS; i++) costs.push([await routers[0].open(SESSIONS), await routers[1].open(SESSIONS)])
  const [one, two] = [0, 1].map((i) => median(costs.map((pair) => pair[i] ?? 0)))
  const ratio = median(costs.map(([of1, of2]) => of2 / of1))
  console.log(`a session with one process ${one?.toFixed(0)} us, with two workers ${two?.toFixed(0)} us in all`)
  console.log(
    `ratio ${ratio.toFixed(2)} (${costs.map(([of1, of2]) => (of2 / of1).toFixed(2)).join(', ')}): with two processors free, ${(2 / ratio).toFixed(2)} times as many sessions a second`,
  )
} finally {
  Child.killAll()
  rmSync(folder, { recursive: true, force: true })
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
}
