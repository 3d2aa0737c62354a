// Measures what the reload of a configuration with many users costs the sessions that are open, and how long a start with
// them takes. Judges nothing. With the built command:  npx tsx --conditions=trunkline-source conformance/reload-stall/run.ts [users]

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSession } from '@trunkline/client/session'

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
const router = spawn(process.execPath, ['--import', preload, bin, 'start', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })

/** The next line of the router that matches. */
function says(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const look = (chunk: Buffer): void => {
      text += String(chunk)
      const found = pattern.exec(text)
      if (found === null) return
      stream.off('data', look)
      resolve(found[1] ?? '')
    }
    stream.on('data', look)
  })
}

/** What the router reports of its turns. */
async function turns(): Promise<[number, number, number]> {
  const [longest = 0, costliest = 0, all = 0] = (await says(router.stderr, /longest (.*)\n/)).split(' ').map(Number)
  return [longest, costliest, all]
}

try {
  const url = await says(router.stdout, /"address":"([^"]+)"/)
  const after = Math.round(performance.now() - began)
  router.kill('SIGUSR2')
  const [, , spent] = await turns()
  router.kill('SIGUSR2')
  await turns()
  console.log(`${USERS} users: listening after ${after} ms, for which it took ${Math.round(spent)} ms of processors`)
  const session = await openSession({ url, realm: 'realm1' })
  for (let round = 1; round <= RELOADS; round++) {
    router.kill('SIGUSR2')
    await turns()
    write(round)
    const reloaded = says(router.stdout, /("configuration reloaded")/)
    let isOver = false
    void reloaded.then(() => (isOver = true))
    router.kill('SIGHUP')
    const from = performance.now()
    let slowest = 0
    while (!isOver) {
      const at = performance.now()
      await session.call('wamp.session.count')
      slowest = Math.max(slowest, performance.now() - at)
    }
    router.kill('SIGUSR2')
    const [longest, costliest] = await turns()
    const took = Math.round(performance.now() - from)
    const turn = `longest turn of the router ${longest.toFixed(1)} ms, ${costliest.toFixed(1)} ms of its processor`
    console.log(`reload ${round}: ${took} ms; ${turn}; slowest call ${slowest.toFixed(1)} ms`)
  }
  await session.leave()
} finally {
  router.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}
