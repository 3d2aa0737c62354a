// `trunkline dev`: a router for development on this machine, without a configuration. It refuses other machines.

import { UsageError } from '@trunkline/client'
import type { Listener, RealmOptions, Router, Rule } from '@trunkline/router'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { ADMIN_REALM, DEFAULT_REALM, DEFAULT_URL } from '../client-session.ts'
import { commandName } from '../command-name.ts'
import { humanLog, jsonLog } from '../log.ts'
import { LoopbackGuard } from '../loopback-guard.ts'
import { runUntilStopped } from '../running-router.ts'
import { DashboardFiles } from '../dashboard-files.ts'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'

interface DevOptions {
  readonly port: number
  readonly rawsocketPort: number
  readonly jsonLogs?: true
}

const HOST = '127.0.0.1'
const MOST_REALMS = 100
const LARGEST = 16 * 1024 * 1024
const ALL_ACTIONS: Rule['allow'] = ['call', 'register', 'publish', 'subscribe']
const EVERYTHING: RealmOptions = {
  anonymousRole: 'anonymous',
  // A right to the router's own procedures and topics needs a rule that names them.
  roles: { anonymous: ['**', 'wamp.**', 'trunkline.**'].map((uri) => ({ uri, allow: ALL_ACTIONS })) },
}

/** Adds the command to the program. */
export function defineDev(program: Command, terminal: Terminal): void {
  program
    .command('dev')
    .description('Run a router for development: only for this machine, everything allowed, no configuration.')
    .summary('Run a router for development, without a configuration.')
    .option('--port <n>', 'the port for WebSocket and the dashboard; 0 for any free port', port, 8080)
    .option('--rawsocket-port <n>', 'the port for RawSocket; 0 for any free port', port, 8081)
    .option('--json-logs', 'print the log as lines of JSON, and nothing else')
    .action((options: DevOptions) => dev(options, terminal))
}

async function dev(options: DevOptions, terminal: Terminal): Promise<void> {
  const { createRouter } = await import('@trunkline/router')
  const { AdminApi } = await import('../admin/admin-api.ts')
  const { memoryStore } = await import('../store.ts')
  const { LeveledLog } = await import('../leveled-log.ts')
  const log = new LeveledLog(options.jsonLogs === true ? jsonLog(terminal) : humanLog(terminal))
  const router = createRouter({
    realms: { [DEFAULT_REALM]: EVERYTHING, [ADMIN_REALM]: EVERYTHING },
    onDemand: { realm: EVERYTHING, most: MOST_REALMS },
    store: memoryStore().store,
    limits: { messageBytes: LARGEST, outboxBytes: LARGEST },
    agent: `Trunkline ${readVersion()}`,
    log,
  })
  const drain = new AbortController()
  const admin = new AdminApi({ router, log, stop: () => drain.abort('drain') })
  try {
    await runUntilStopped(router, AbortSignal.any([terminal.stop, drain.signal]), async () => {
      const { openDemo } = await import('../demo.ts')
      await openDemo(router, DEFAULT_REALM)
      await admin.settle(ADMIN_REALM)
      const listeners = await listen(router, options)
      if (options.jsonLogs === true) for (const { address } of listeners) log.info('listening', { area: 'listeners', address })
      else terminal.print(greeting(listeners))
    })
  } finally {
    admin.stop()
  }
}

async function listen(router: Router, options: DevOptions): Promise<readonly Listener[]> {
  const guard = new LoopbackGuard()
  const page = new DashboardFiles().route({
    path: '/',
    about: () => ({
      adminRealm: ADMIN_REALM,
      socket: 'ws',
      development: { realm: DEFAULT_REALM, listeners: router.listeners.map(({ address }) => address), command: ownName() },
    }),
  })
  const http = router.listenHttp({
    host: HOST,
    port: options.port,
    mayUpgrade: (request) => guard.judge(request),
    routes: (request, response) => guard.refuses(request, response) || page(request, response),
  })
  const opened = await withHint(http, '--port')
  return [opened, await withHint(router.listenRawSocket({ listen: { host: HOST, port: options.rawsocketPort } }), '--rawsocket-port')]
}

/** Adds to the error of a port in use the option that chooses another port. */
async function withHint(opening: Promise<Listener>, option: string): Promise<Listener> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError(`${error.message}; choose another port with ${option}`, error.code, { cause: error })
    throw error
  }
}

function greeting([http, rawSocket]: readonly Listener[]): string {
  const url = http?.address ?? ''
  const name = ownName()
  const toHere = url === DEFAULT_URL ? '' : ` --url ${url}`
  return `Trunkline ${readVersion()}, for development: only for this machine, everything allowed

  Dashboard   ${url.replace(/^ws:/, 'http:').replace(/\/ws$/, '/')}
  WebSocket   ${url}
  RawSocket   ${rawSocket?.address ?? ''}
  Realm       ${DEFAULT_REALM}, others are created on demand

Try in another terminal:
  ${name} call com.example.add 2 3${toHere}
  ${name} subscribe com.example.chat${toHere}
  ${name} publish com.example.chat hello${toHere}

Ctrl-C stops.
`
}

function ownName(): string {
  return commandName({ env: process.env, cwd: process.cwd(), script: process.argv[1] ?? 'trunkline', program: process.execPath })
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.')
  return Number(value)
}
