// The configuration: reads it, checks it as a whole, and makes the router's options. It finds all mistakes before
// a listener opens.

import { dirname, resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { RouterLimits, RouterOptions } from '@trunkline/router'
import { createRouter, MemoryEventStore } from '@trunkline/router'
import type { Problem } from './check.ts'
import { noRealm } from './authentication.ts'
import type { ClusterConfig } from './cluster.ts'
import { readCluster } from './cluster.ts'
import { childPath, ConfigCheck } from './check.ts'
import type { ListenerConfig } from './listeners.ts'
import { readListeners } from './listeners.ts'
import { ConfigError } from './problems.ts'
import { ConfigReader } from './reader.ts'
import { readRealm } from './realms.ts'
import { References } from './references.ts'
import type { ConfigDocument, HealthDocument, LimitsDocument, LogsDocument } from './schema.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import type { Source } from './source.ts'
import type { StoreConfig } from './store.ts'
import { readStore } from './store.ts'
import { parseSource, readSource } from './source.ts'
import { withUsersOfFiles } from './users-file.ts'
import type { LogLevels } from '../leveled-log.ts'

/** The targets of the other logs: `stdout`, or the path of a file; undefined: no log. */
export interface LogTargets {
  readonly access: string | undefined
  readonly audit: string | undefined
}

/** A checked configuration. */
export interface Config {
  readonly file: string
  /** As the schema describes it, with its references resolved. */
  readonly document: ConfigDocument
  readonly router: Required<Pick<RouterOptions, 'realms' | 'limits' | 'trustedProxies'>>
  readonly listeners: readonly ListenerConfig[]
  readonly cluster: ClusterConfig | undefined
  /** The store of durable topics. */
  readonly store: StoreConfig | undefined
  readonly logs: LogTargets
  readonly logLevels: LogLevels
  /** Every other file that it was read from. */
  readonly files: readonly string[]
}

/** The variables that `${env:NAME}` refers to. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Loads a configuration in YAML, JSON, or as a module.
 * @throws {ConfigError} (rejects) with all mistakes
 * @throws {UsageError} (rejects) when the file cannot be read
 */
export async function loadConfig(file: string, env: Environment = process.env): Promise<Config> {
  return configOf(await readSource(file), file, env)
}

/**
 * Reads a configuration.
 * @param file its name in messages; other files are relative to it
 * @throws {ConfigError} with all mistakes
 */
export function parseConfig(text: string, file: string, env: Environment = {}): Config {
  return configOf(parseSource(text), file, env)
}

/**
 * Makes a router that never listens, so that mistakes that only the router finds are reported before one runs.
 * @throws {ConfigError} with the router's error
 */
export function tryOut({ file, router }: Config): void {
  try {
    // The router has no listener and no session, so the close need not be awaited.
    void createRouter({ ...router, store: new MemoryEventStore({ scheduler: NO_TURNS, ids: NO_IDS }) }).close()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new ConfigError(file, [{ line: 0, column: 0, path: '', text: error.message }])
  }
}

const NO_TURNS = { defer: () => {} }
const NO_IDS = { random: () => 1 }

/** Checks a document. Only if there are mistakes, it reads the document again to find their lines. */
function configOf(source: Source, file: string, env: Environment): Config {
  try {
    return checked(source, file, env)
  } catch (error) {
    if (!(error instanceof ConfigError) || source.withLines === undefined) throw error
    return checked(source.withLines(), file, env)
  }
}

function checked({ document, lines }: Source, file: string, env: Environment): Config {
  const folder = dirname(file)
  const references = new References(folder, env)
  const check = new ConfigCheck(document, lines, references)
  const read = check.read(CONFIG_SCHEMA) as ConfigDocument | undefined
  // Missing and wrong values were left out, so rules over several keys are checked only without such mistakes.
  if (read === undefined || check.problems.length > 0) throw new ConfigError(file, check.problems.toSorted(byPlace))
  const reader = new ConfigReader(check, references)
  const whole = withUsersOfFiles(read, check, references)
  const config = {
    file,
    document: whole,
    router: { realms: readRealms(whole, reader), limits: readLimits(read.limits ?? {}), trustedProxies: read.trustedProxies ?? [] },
    listeners: readListeners(read, reader),
    cluster: readCluster(read, reader),
    store: readStore(read, reader),
    logs: readLogs(read.logs ?? {}, folder),
    logLevels: { level: read.logs?.level ?? 'info', areas: read.logs?.areas ?? {} },
    files: [...references.files],
  }
  checkProxies(read, reader)
  if ((read.workers ?? 1) !== 1) for (const path of unsharedFiles(read)) reader.report(path, UNSHARED)
  if (check.problems.length > 0) throw new ConfigError(file, check.problems.toSorted(byPlace))
  return config
}

/** Checks that `proxyProtocol` has trusted proxies, and that a Unix socket whose peers are trusted sets its `mode`. */
function checkProxies({ trustedProxies = [], listeners }: ConfigDocument, reader: ConfigReader): void {
  for (const [i, listener] of listeners.entries()) {
    const [{ path, mode, proxyProtocol } = NO_PLACE] = Object.values(listener as Readonly<Record<string, HealthDocument>>)
    if (proxyProtocol === true && trustedProxies.length === 0) {
      reader.report(`listeners[${i}]`, 'proxyProtocol needs trustedProxies: the router accepts the header only from them')
    }
    if (path !== undefined && mode === undefined && trustedProxies.includes('unix')) {
      reader.report(
        `listeners[${i}]`,
        "trustedProxies has 'unix': the socket needs a 'mode', since each program that may connect can name any client address",
      )
    }
  }
}

/** The paths of keys that name a file which only one process can keep. */
export function unsharedFiles({ realms }: ConfigDocument): readonly string[] {
  const keeping = Object.entries(realms).filter(([, { cookie }]) => cookie?.issued?.file !== undefined)
  return keeping.map(([name]) => `${childPath('realms', name)}.cookie.issued.file`)
}

/** Why these keys are mistakes with several workers. */
export const UNSHARED = 'several workers cannot keep one file: leave it out, or set workers to 1'

const NO_PLACE: HealthDocument = {}

function readLogs({ access = 'off', audit = 'off' }: LogsDocument, folder: string): LogTargets {
  const target = (text: string): string | undefined => (text === 'off' ? undefined : text === 'stdout' ? text : resolve(folder, text))
  return { access: target(access), audit: target(audit) }
}

function readRealms({ realms, admin }: ConfigDocument, reader: ConfigReader): Required<RouterOptions>['realms'] {
  if (admin !== undefined && !Object.hasOwn(realms, admin.realm)) reader.report('admin.realm', noRealm(admin.realm, realms))
  return Object.fromEntries(
    Object.entries(realms).map(([name, realm]) => [name, readRealm({ realm, path: childPath('realms', name), realms }, reader)]),
  )
}

function readLimits(limits: LimitsDocument): Partial<RouterLimits> {
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [LIMIT_NAMES[name as keyof LimitsDocument], value]))
}

/** The router's name for each limit of the file. */
const LIMIT_NAMES = {
  message: 'messageBytes',
  nesting: 'depth',
  outbox: 'outboxBytes',
  outboxTotal: 'outboxTotalBytes',
  stall: 'stallMs',
  ping: 'pingMs',
  silence: 'silenceMs',
  hello: 'helloMs',
  login: 'loginMs',
  goodbye: 'goodbyeMs',
  drain: 'drainMs',
  sessionsPerAddress: 'sessionsPerAddress',
  connectionsBeforeLogin: 'connectionsBeforeLogin',
  connectionsBeforeLoginPerAddress: 'connectionsBeforeLoginPerAddress',
  beforeLoginTotal: 'beforeLoginTotalBytes',
} as const satisfies Readonly<Record<keyof LimitsDocument, keyof RouterLimits>>

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column
}
