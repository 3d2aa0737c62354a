// The configuration file: read, checked as a whole, and turned into what the router takes. All mistakes are found
// before anything listens.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { UsageError } from '@trunkline/client'
import type { MatchPolicy, RequestIdRule, UriRule } from '@trunkline/protocol'
import { isUri } from '@trunkline/protocol'
import type { RealmOptions, RouterLimits, RouterOptions, Rule, SlowConsumerRule, SlowConsumerRules } from '@trunkline/router'
import { LineCounter, parseDocument } from 'yaml'
import type { Problem } from './check.ts'
import { childPath, ConfigCheck } from './check.ts'
import { CONFIG_SCHEMA } from './schema.ts'

/** The configuration cannot be used. */
export class ConfigError extends UsageError {
  readonly file: string
  /** In the order of the file. */
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map(({ line, column, path, text }) => `  ${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${text}`)
    super(`${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${lines.join('\n')}`, 'TL_CONFIG')
    this.file = file
    this.problems = problems
  }
}

/** The octets of certificate and key. */
export interface LoadedTls {
  readonly cert: Buffer
  readonly key: Buffer
}

export interface WebSocketConfig {
  readonly host: string
  readonly port: number
  readonly paths?: readonly string[]
  /** Absent: pages of the same host and port. */
  readonly origins?: readonly string[]
  readonly tls?: LoadedTls | undefined
}

export interface RawSocketConfig {
  readonly listen: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly tls?: LoadedTls | undefined
}

/** What a configuration says. */
export interface Config {
  readonly router: Pick<RouterOptions, 'realms' | 'limits'>
  readonly webSockets: readonly WebSocketConfig[]
  readonly rawSockets: readonly RawSocketConfig[]
}

/**
 * Loads a configuration in YAML or JSON.
 * @throws {ConfigError} with all mistakes
 * @throws {UsageError} when the file cannot be read
 */
export function loadConfig(file: string): Config {
  return parseConfig(readConfigFile(file), file)
}

/**
 * Reads a configuration.
 * @param file its name in messages; other files are relative to it
 * @throws {ConfigError} with all mistakes
 */
export function parseConfig(source: string, file: string): Config {
  const lines = new LineCounter()
  const check = new ConfigCheck(parseDocument(source, { lineCounter: lines, prettyErrors: false }), lines)
  const written = check.read(CONFIG_SCHEMA) as Written | undefined
  // What is missing or of the wrong type was left out: rules that join several keys are checked only on what is whole.
  const isWhole = check.problems.length === 0 && written !== undefined
  const config = isWhole ? new ConfigReader(check, dirname(file)).read(written) : undefined
  if (config === undefined || check.problems.length > 0) throw new ConfigError(file, check.problems.toSorted(byPlace))
  return config
}

/** The file as the schema describes it. */
interface Written {
  readonly listeners: readonly ({ readonly websocket: WrittenWebSocket } | { readonly rawsocket: WrittenRawSocket })[]
  readonly realms: Readonly<Record<string, WrittenRealm>>
  readonly limits?: WrittenLimits
}

interface WrittenTls {
  readonly cert: string
  readonly key: string
}

interface WrittenWebSocket extends Omit<WebSocketConfig, 'tls'> {
  readonly tls?: WrittenTls
}

interface WrittenRawSocket {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly tls?: WrittenTls
}

interface WrittenRealm {
  readonly anonymous?: { readonly role: string }
  readonly roles?: Readonly<Record<string, readonly WrittenRule[]>>
  readonly uriRule?: UriRule
  readonly requestIds?: RequestIdRule
  readonly slowConsumers?: Partial<SlowConsumerRules>
}

interface WrittenRule extends Rule {
  readonly match?: MatchPolicy
}

type WrittenLimits = Readonly<Partial<Record<keyof typeof LIMIT_NAMES, number>>>

/** The router's name for each limit of the file. */
const LIMIT_NAMES = {
  message: 'messageBytes',
  nesting: 'depth',
  outbox: 'outboxBytes',
  outboxTotal: 'outboxTotalBytes',
  stall: 'stallMs',
  hello: 'helloMs',
  login: 'loginMs',
  goodbye: 'goodbyeMs',
} as const satisfies Readonly<Record<string, keyof RouterLimits>>

class ConfigReader {
  readonly #check: ConfigCheck
  readonly #folder: string

  constructor(check: ConfigCheck, folder: string) {
    this.#check = check
    this.#folder = folder
  }

  read({ listeners, realms, limits = {} }: Written): Config {
    return {
      router: {
        realms: Object.fromEntries(Object.entries(realms).map(([name, realm]) => [name, this.#realm(realm, childPath('realms', name))])),
        limits: Object.fromEntries(Object.entries(limits).map(([name, value]) => [LIMIT_NAMES[name as keyof typeof LIMIT_NAMES], value])),
      },
      webSockets: listeners.flatMap((each, i) =>
        'websocket' in each ? [this.#webSocket(each.websocket, `listeners[${i}].websocket`)] : [],
      ),
      rawSockets: listeners.flatMap((each, i) =>
        'rawsocket' in each ? [this.#rawSocket(each.rawsocket, `listeners[${i}].rawsocket`)] : [],
      ),
    }
  }

  #realm({ anonymous, roles = {}, slowConsumers, ...settings }: WrittenRealm, path: string): RealmOptions {
    if (anonymous !== undefined && !Object.hasOwn(roles, anonymous.role)) {
      this.#check.report(`${path}.anonymous.role`, `there is no role '${anonymous.role}' in ${path}.roles`)
    }
    for (const [role, rules] of Object.entries(roles)) {
      for (const [i, rule] of rules.entries()) this.#checkPattern(rule, `${childPath(`${path}.roles`, role)}[${i}].uri`)
    }
    const topics = slowConsumers?.topics ?? []
    for (const [i, rule] of topics.entries()) this.#checkPattern(rule, `${path}.slowConsumers.topics[${i}].uri`)
    return {
      ...settings,
      roles,
      ...(slowConsumers === undefined ? {} : { slowConsumers: { policy: 'disconnect', ...slowConsumers } }),
      ...(anonymous === undefined ? {} : { anonymousRole: anonymous.role }),
    }
  }

  #checkPattern({ uri, match }: WrittenRule | (SlowConsumerRule & { readonly match?: undefined }), path: string): void {
    if (match === undefined && uri.replace(/(^|\.)\*\*$/, '').includes('*')) {
      const text = `'${uri}': only ** at the end stands for anything; leave a component empty to match any (com..status)`
      return this.#check.report(path, `${text}, or give 'match' to take the * literally`)
    }
    if (!isPattern(uri, match))
      this.#check.report(path, `'${uri}' is no valid URI pattern${match === undefined ? '' : ` for match ${match}`}`)
  }

  #webSocket({ tls, ...rest }: WrittenWebSocket, path: string): WebSocketConfig {
    return { ...rest, tls: this.#tls(tls, `${path}.tls`) }
  }

  #rawSocket({ host = '127.0.0.1', port = 0, path, tls }: WrittenRawSocket, at: string): RawSocketConfig {
    const listen = path === undefined ? { host, port } : { path: resolve(this.#folder, path) }
    return { listen, tls: this.#tls(tls, `${at}.tls`) }
  }

  #tls(tls: WrittenTls | undefined, path: string): LoadedTls | undefined {
    if (tls === undefined) return undefined
    const cert = this.#file(tls.cert, `${path}.cert`)
    const key = this.#file(tls.key, `${path}.key`)
    if (cert === undefined || key === undefined) return undefined
    try {
      createSecureContext({ cert, key })
    } catch (error) {
      this.#check.report(path, `certificate and key cannot be used: ${textOf(error)}`)
    }
    return { cert, key }
  }

  #file(name: string, path: string): Buffer | undefined {
    try {
      return readFileSync(resolve(this.#folder, name))
    } catch (error) {
      this.#check.report(path, `cannot read ${name}: ${textOf(error)}`)
      return undefined
    }
  }
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read the configuration ${file}: ${textOf(error)}`, 'TL_CONFIG', { cause: error })
  }
}

/** As the router's rules take it. */
function isPattern(uri: string, match: MatchPolicy | undefined): boolean {
  if (match !== undefined) return isUri(uri, match)
  return uri === '**' || (uri.endsWith('.**') ? isUri(uri.slice(0, -2), 'prefix') : isUri(uri, 'wildcard'))
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
