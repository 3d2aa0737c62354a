// What goes wrong with a configuration on its machine, beyond mistakes in its text: ports, files, names, proxies.

import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, isIP } from 'node:net'
import { dirname } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import { isLoopback } from '../loopback.ts'
import { checkCertificates } from './certificate.ts'
import type { Findings } from './findings.ts'
import { textOfError } from './findings.ts'
import type { Demand } from './machine.ts'
import { addressesOf } from './reach.ts'

/** What the configuration may ask of the machine. */
export function demandOf({ listeners, router, document }: Config): Demand {
  const connections = listeners.map(({ maxConnections }) => maxConnections)
  const sessions = Object.values(document.realms).map((realm) => realm.limits?.sessions)
  return {
    connections: sumOf(connections) ?? sumOf(sessions),
    queues: router.limits.outboxTotalBytes ?? DEFAULT_QUEUES,
  }
}

const DEFAULT_QUEUES = 256 * 1_048_576

function sumOf(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0)
}

/** Looks at a configuration that has no mistakes. */
export async function checkConfiguration(config: Config, findings: Findings): Promise<void> {
  checkSecrets([config.file, ...config.files], findings)
  for (const listener of config.listeners) {
    if (listener.tls !== undefined) checkCertificates(listener.tls, listener.place, Date.now(), findings)
    await checkPlace(listener, findings)
  }
  checkProxies(config, findings)
  for (const host of hostsOf(config)) await addressesOf(host, findings)
}

function checkSecrets(files: readonly string[], findings: Findings): void {
  if (process.platform === 'win32') return
  for (const file of files) {
    const { mode } = statSync(file)
    const isPublic = /BEGIN CERTIFICATE/.test(readFileSync(file, 'latin1')) || file.endsWith('.contract.json')
    if ((mode & 0o022) !== 0) findings.fault('permissions', `${file} can be changed by others`, `chmod go-w ${file}`)
    else if (!isPublic && (mode & 0o004) !== 0) {
      findings.warning('permissions', `${file} can be read by all users of the machine`, `chmod o-r ${file}, if it holds secrets`)
    } else findings.ok('permissions', file)
  }
}

/** Tries to listen where a listener would. */
async function checkPlace({ listen, place }: ListenerConfig, findings: Findings): Promise<void> {
  if ('path' in listen) return checkSocketFile(listen.path, findings)
  if (listen.port === 0) return findings.ok('port', `${place}: any free port`)
  const server = createServer()
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ host: listen.host, port: listen.port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
  if (failure === undefined) return findings.ok('port', `${place} is free`)
  if (failure.code === 'EADDRINUSE') {
    const advice = 'fine if that is the router; otherwise stop the other program, or choose another port'
    return findings.warning('port', `${place} is in use`, advice)
  }
  const advice = ADVICE[failure.code ?? ''] ?? 'choose another host or port'
  findings.fault('port', `the router cannot listen at ${place}: ${textOfError(failure)}`, advice)
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd, or a proxy in front',
  EADDRNOTAVAIL: 'host has to be an address of this machine; 0.0.0.0 and :: are all',
  ENOTFOUND: 'host has to be a name or an address of this machine',
}

function checkSocketFile(path: string, findings: Findings): void {
  try {
    accessSync(dirname(path), constants.W_OK)
    findings.ok('port', `${path} can be made`)
  } catch (error) {
    findings.fault('port', `the folder of ${path} cannot be written: ${textOfError(error)}`, 'make the folder, for the user of the router')
  }
}

function checkProxies({ listeners, router }: Config, findings: Findings): void {
  const { trustedProxies } = router
  const open = trustedProxies.filter((each) => each.endsWith('/0'))
  if (open.length > 0) {
    findings.fault(
      'proxies',
      `trustedProxies names everyone (${open.join(', ')}), so each client chooses its own address`,
      'name the addresses of your proxies only',
    )
  } else if (trustedProxies.length > 0) findings.ok('proxies', `the addresses of clients are taken from ${trustedProxies.join(', ')}`)
  else if (listeners.some((listener) => listener.kind === 'websocket' && isBehindProxy(listener))) {
    const text = 'a listener serves this machine only, and no proxy is trusted: clients that come by a proxy all have its address'
    findings.warning('proxies', text, "fine without a proxy; with one on this machine set trustedProxies: [127.0.0.1, '::1']")
  }
}

function isBehindProxy(listener: ListenerConfig): boolean {
  return 'path' in listener.listen || isLoopback(listener.listen.host)
}

/** The names that the router has to find. */
function hostsOf({ document, listeners }: Config): Set<string> {
  const urls = [...JSON.stringify(document.realms).matchAll(/"jwks":"([^"]+)"/g)].flatMap(([, url = '']) =>
    URL.canParse(url) ? [new URL(url).hostname] : [],
  )
  const hosts = listeners.flatMap(({ listen }) => ('path' in listen ? [] : [listen.host]))
  return new Set([...urls, ...hosts].filter((host) => isIP(host.replaceAll(/[[\]]/g, '')) === 0))
}

/** Looks at the file of `trunkline start --pid-file`. */
export function checkPidFile(file: string, findings: Findings): void {
  if (!existsSync(file))
    return findings.warning('pid file', `there is no ${file}`, 'start the router with --pid-file; it removes the file when it stops')
  const text = readFileSync(file, 'utf8').trim()
  const pid = Number(text)
  if (!/^[1-9]\d{0,9}$/.test(text))
    return findings.fault('pid file', `${file} holds no process id`, 'remove it, and start the router again')
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
      return findings.fault('pid file', `${file} names process ${pid}, which does not run`, 'the router ended without a stop: see its log')
    }
  }
  findings.ok('pid file', `process ${pid} runs (${commandOf(pid)})`)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return 'its command is not known' // Only Linux has this file.
  }
}
