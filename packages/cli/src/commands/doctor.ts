// `trunkline doctor`: finds what usually goes wrong, with a configuration and its machine, or on the way to a router.

import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addClientOptions, duration, readCa, sessionOptions } from '../client-session.ts'
import type { Findings } from '../doctor/findings.ts'
import { FaultFound } from '../fault-found.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'
import { checkedConfig, counted } from './check.ts'

const HELP = `
With --config it looks at a configuration and this machine: mistakes, permissions, ports, certificates and their chain,
descriptors, memory, names, trusted proxies, the version of Node. Otherwise it looks at the way to a router, that of --url, of the
context or the default: name, each address, TLS, HTTP and its path, subprotocols, clocks, login, answers, limits. Each finding is
ok, a warning or a fault, with what to do; a fault ends with exit code 1. It changes nothing, but tries to listen on ports.

Examples:
  trunkline doctor
  trunkline doctor --url wss://router.example.com/ws --realm com.example.shop --login ticket --authid alice
  trunkline doctor --url wss://router.example.com/ws --idle 90s     whether a proxy cuts idle connections
  trunkline doctor --config /etc/wamp/trunkline.yaml --pid-file /run/trunkline.pid --json`

interface DoctorOptions extends ClientOptions {
  readonly config?: string
  readonly pidFile?: string
  /** Milliseconds. */
  readonly idle?: number
}

/** How long each question waits for its answer, without --timeout. */
const PATIENCE_MS = 5_000

/** Adds the command to the program. */
export function defineDoctor(program: Command, terminal: Terminal): void {
  addClientOptions(program.command('doctor'))
    .description('Find what usually goes wrong, with a configuration or on the way to a router, and say what to do.')
    .summary('Find what usually goes wrong, and say what to do.')
    .addOption(new Option('--config <file>', 'look at this configuration and this machine').conflicts(['url', 'context', 'idle']))
    .option('--pid-file <file>', 'with --config: the file of `trunkline start --pid-file`')
    .option('--idle <duration>', 'see whether a session without traffic stays open so long', duration)
    .addHelpText('after', HELP)
    .action((options: DoctorOptions) => doctor(options, terminal))
}

async function doctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
  if (options.pidFile !== undefined && options.config === undefined) throw new UsageError('--pid-file needs --config')
  const { findingsOn } = await import('../doctor/findings.ts')
  const findings = findingsOn(terminal, options.json === true)
  const looking =
    options.config === undefined ? lookAtUrl(options, findings, terminal) : lookAtConfig(options.config, options.pidFile, findings)
  await orStopped(looking, terminal.stop)
  const { ok, warning, fault } = findings.counts
  if (options.json !== true) terminal.print(`\n${ok} ok, ${warning} warnings, ${fault} faults\n`)
  if (fault > 0) throw new FaultFound('TL_DOCTOR', `${counted(fault, 'fault')} found`)
}

async function lookAtConfig(file: string, pidFile: string | undefined, findings: Findings): Promise<void> {
  const { warningsOf } = await import('../config/warnings.ts')
  const { checkMachine, thisMachine } = await import('../doctor/machine.ts')
  const { checkConfiguration, checkPidFile, demandOf } = await import('../doctor/configuration.ts')
  const loaded = await checkedConfig(file).catch((error: unknown) => {
    if (error instanceof UsageError) return error
    throw error
  })
  if (loaded instanceof UsageError) {
    const [title = '', ...mistakes] = loaded.message.split('\n')
    for (const text of mistakes.length === 0 ? [title] : mistakes)
      findings.fault('config', text.trim(), 'correct it; trunkline check shows the same')
    return checkMachine(thisMachine(), { connections: undefined, queues: 0 }, findings)
  }
  for (const text of warningsOf(loaded)) findings.warning('config', text, 'see the guide to the configuration')
  findings.ok('config', `${file} has no mistakes`)
  checkMachine(thisMachine(), demandOf(loaded), findings)
  await checkConfiguration(loaded, findings)
  if (pidFile !== undefined) checkPidFile(pidFile, findings)
}

async function lookAtUrl(options: DoctorOptions, findings: Findings, terminal: Terminal): Promise<void> {
  const { addressesOf, checkAddresses, checkTls, hostOf } = await import('../doctor/reach.ts')
  const { checkHttp, checkUpgrade } = await import('../doctor/upgrade.ts')
  const { checkSession } = await import('../doctor/session.ts')
  const { ca: caFile, idle: idleMs, timeout: patienceMs = PATIENCE_MS } = options
  if (!URL.canParse(options.url)) throw new UsageError(`--url ${options.url}: expected a URL such as wss://router.example.com/ws`)
  const url = new URL(options.url)
  let connectMs: number | undefined = 0
  if (!url.protocol.startsWith('rs+unix')) {
    const host = hostOf(url, patienceMs)
    const addresses = await addressesOf(host.name, findings)
    if (addresses.length === 0) return
    connectMs = await checkAddresses(addresses, host, findings)
    if (connectMs === undefined) return
    const ca = caFile === undefined ? undefined : await readCa(caFile)
    if (host.isSecure && !(await checkTls(host, ca, findings))) return
    if (url.protocol.startsWith('ws')) {
      await checkHttp({ url, ca, patienceMs }, findings)
      if (!(await checkUpgrade({ url, ca, patienceMs }, `wamp.2.${options.serializer}`, findings))) return
    }
  }
  await checkSession(
    { options: { url: options.url, ...(await sessionOptions(options, terminal)) }, connectMs, idleMs, patienceMs },
    findings,
  )
}
