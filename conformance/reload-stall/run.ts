// Measures what the reload of a configuration with many users costs the sessions that are open, and how long a start with
// them takes. Judges nothing. With the built command:  npx tsx --conditions=trunkline-source conformance/reload-stall/run.ts [users]

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'

const USERS = Number(process.argv[2] ?? 20_000)
const RELOADS = 5
const folder = mkdtempSync(join(tmpdir(), 'trunkline-stall-'))
const file = join(folder, 'trunkline.yaml')

function write(round: number): void {
  const head = 'listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]\nrealms:\n  realm1:\n    anonymous: { role: guest }\n'
  const roles = `    roles: { guest: [ { uri: wamp.session.count, allow: [call] } ], backend: [] }\n    limits: { subscriptions: ${1_000 + round} }\n`
  const users = Array.from({ length: USERS }, (_, i) => {
    const sum = String(i + (i % 100 === 0 ? round : 0)).padStart(64, 'a')
    return `      user-${i}: { role: backend, ticket: { sha256: ${sum} } }\n`
  })
  writeFileSync(file, `${head}${roles}    users:\n${users.join('')}`)
}

const bin = join(dirname(createRequire(import.meta.url).resolve('trunkline/config.schema.json')), 'bin/trunkline.js')
write(0)
// The router itself reports how long its turns were, and how much of the processor they took: the work of other programs is
// not counted in the second. `longest WALL PROCESSOR ALL`, all in milliseconds; between two signals its event loop runs without a pause.
const watch = `import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
const delay = monitorEventLoopDelay({ resolution: 1 }); delay.enable()
const all = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e3 }
// Linux tells the time of the first thread alone.
const used = () => { try { return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6 } catch { return all() } }
let [from, costliest, isWatching] = [0, 0, false]
const turn = () => {
  const now = used()
  costliest = Math.max(costliest, now - from)
  from = now
  if (isWatching) setImmediate(turn)
}
process.on('SIGUSR2', () => {
  process.stderr.write(\`longest \${delay.max / 1e6} \${costliest} \${all()}\\n\`)
  delay.reset()
  isWatching = !isWatching
  ;[from, costliest] = [used(), 0]
  turn()
})`
const preload = `data:text/javascript,${encodeURIComponent(watch)}`
const began = performance.now()
const router = Child.node(['--import', preload, bin, 'start', '--config', file])

const PATIENCE_MS = 300_000

/** Sends a signal, and takes the first match of what the router prints then. */
async function answerTo(signal: NodeJS.Signals, pattern: RegExp): Promise<string> {
  const from = router.printed
  router.kill(signal)
  return (await router.shows(pattern, { from, withinMs: PATIENCE_MS }))[1] ?? ''
}

/** What the router reports of its turns. */
async function turns(): Promise<[number, number, number]> {
  const [longest = 0, costliest = 0, all = 0] = (await answerTo('SIGUSR2', /longest (.*)\n/)).split(' ').map(Number)
  return [longest, costliest, all]
}

try {
  const [, url = ''] = await router.shows(/"address":"([^"]+)"/, { withinMs: PATIENCE_MS })
  const after = Math.round(performance.now() - began)
  const [, , spent] = await turns()
  await turns()
  console.log(`${USERS} users: listening after ${after} ms, for which it took ${Math.round(spent)} ms of processors`)
  const session = await openSession({ url, realm: 'realm1' })
  for (let round = 1; round <= RELOADS; round++) {
    await turns()
    write(round)
    let isOver = false
    const reloaded = answerTo('SIGHUP', /configuration reloaded/).finally(() => (isOver = true))
    const from = performance.now()
    let slowest = 0
    while (!isOver) {
      const at = performance.now()
      await session.call('wamp.session.count')
      slowest = Math.max(slowest, performance.now() - at)
    }
    await reloaded
    const [longest, costliest] = await turns()
    const took = Math.round(performance.now() - from)
    const turn = `longest turn of the router ${longest.toFixed(1)} ms, ${costliest.toFixed(1)} ms of its processor`
    console.log(`reload ${round}: ${took} ms; ${turn}; slowest call ${slowest.toFixed(1)} ms`)
  }
  await session.leave()
} finally {
  await router.end('SIGKILL')
  rmSync(folder, { recursive: true })
}
