// A router's configuration while it runs: a reload reads it again and applies it whole, or keeps the old one. Every step
// that can fail comes before the first step that cannot be undone.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Listener, Log, LongPollRelay, RealmUpdate, Router } from '@trunkline/router'
import { childPath } from './config/check.ts'
import type { Config } from './config/config.ts'
import { loadApart } from './config/load-apart.ts'
import type { ListenerConfig } from './config/listeners.ts'
import { addressOf } from './config/listeners.ts'
import type { ConfigPlan } from './config/plan.ts'
import { planChanges } from './config/plan.ts'
import type { PageRoutes } from './listen.ts'
import { changesOf, openListener } from './listen.ts'

/** The result of a reload. */
export interface Reload {
  /** Each change in a line; empty when the configuration is the same. */
  readonly changes: readonly string[]
  /** Changes that take effect at the next start of the router. */
  readonly needRestart: readonly string[]
  /** The number of sessions ended, which the new configuration does not allow. */
  readonly sessionsEnded: number
  /** The number of subscriptions and registrations revoked. */
  readonly revoked: number
}

/** The trigger of a reload. */
export type ReloadCause = 'signal' | 'file' | 'procedure'

/** Is called with each new configuration. */
export type Follower = (config: Config) => void | Promise<void>

/** What a configuration meets in its process. */
export interface Surroundings {
  readonly log: Log
  /** Logged with each opened listener: the program and its configuration. */
  readonly started: Readonly<Record<string, string>>
  readonly pages: PageRoutes
  /** Where several processes serve the realms: reloads all of them, or none. */
  readonly reloadAll?: ((cause: ReloadCause) => Promise<Reload>) | undefined
  /** There too: brings long-poll requests to the process that has their connection. */
  readonly relay?: LongPollRelay | undefined
}

/** A configuration that was read, and what it would change. */
interface Prepared {
  readonly next: Config
  readonly plan: ConfigPlan
}

/** How reloads went. */
export interface ReloadCounts {
  readonly succeeded: number
  readonly failed: number
  /** Whether the last one succeeded; true before the first. */
  readonly lastSucceeded: boolean
  /** When the present configuration was applied, in milliseconds since 1970. */
  readonly appliedAt: number
}

export class LiveConfiguration {
  readonly #router: Router
  readonly #log: Log
  /** The open listeners by their place. */
  readonly #listeners = new Map<string, Listener>()
  readonly #followers: Follower[] = []
  readonly #surroundings: Surroundings
  #config: Config
  #reloading: Promise<unknown> = Promise.resolve()
  /** The reload that has not begun. */
  #waiting: Promise<Reload> | undefined
  /** The answer to {@link plan} that is being made. */
  #planning: Promise<readonly string[]> | undefined
  #prepared: Prepared | undefined
  #counts: ReloadCounts = { succeeded: 0, failed: 0, lastSucceeded: true, appliedAt: Date.now() }

  /** @param router made with `config` */
  constructor(router: Router, config: Config, surroundings: Surroundings) {
    this.#router = router
    this.#config = config
    this.#log = surroundings.log
    this.#surroundings = surroundings
  }

  /** Calls it with the configuration once all listeners are open, and at each reload before its result. Followers are called in order. */
  follow(follower: Follower): void {
    this.#followers.push(follower)
  }

  /** The current configuration. */
  get config(): Config {
    return this.#config
  }

  /** How reloads went so far. */
  get reloads(): ReloadCounts {
    return this.#counts
  }

  /**
   * Opens all listeners; reloads requested meanwhile wait.
   * @throws {UsageError} (rejects) when one cannot be opened
   */
  open(): Promise<void> {
    const opened = this.#openAll()
    this.#reloading = opened.catch(() => undefined)
    return opened
  }

  /**
   * Reads the configuration again and applies it; one reload after the other. Those who ask while one waits get its result. When it
   * rejects, the old configuration stays in effect, and the reason is logged.
   * @throws {UsageError} (rejects) when the configuration has mistakes or a listener cannot be opened
   */
  reload(cause: ReloadCause): Promise<Reload> {
    const { reloadAll } = this.#surroundings
    return reloadAll === undefined ? (this.#waiting ??= this.#reloadNext(cause)) : reloadAll(cause)
  }

  /**
   * The first half of a reload of several processes: reads the configuration, and changes nothing.
   * @throws {UsageError} (rejects) when the configuration has mistakes
   */
  async prepare(): Promise<void> {
    await this.#reloading
    this.#prepared = await this.#read()
  }

  /**
   * The second half: applies what {@link prepare} has read.
   * @throws {UsageError} (rejects) when a listener cannot be opened
   */
  applyPrepared(cause: ReloadCause): Promise<Reload> {
    const prepared = this.#prepared
    this.#prepared = undefined
    if (prepared === undefined) return Promise.reject(new Error('nothing was prepared'))
    const applied = this.#apply(prepared).then((done) => this.#applied(cause, prepared.next, done))
    this.#reloading = applied.catch(() => undefined)
    return applied
  }

  /** The reload of all processes has failed. */
  noteFailed(): void {
    this.#prepared = undefined
    this.#counts = { ...this.#counts, failed: this.#counts.failed + 1, lastSucceeded: false }
  }

  #reloadNext(cause: ReloadCause): Promise<Reload> {
    const reloaded = this.#reloading.then(() => {
      this.#waiting = undefined
      return this.#reload(cause)
    })
    // The next reload waits for this one, however it ends; the caller of this one gets its error.
    this.#reloading = reloaded.catch(() => undefined)
    return reloaded
  }

  /**
   * What a reload would change, each change in a line. Changes nothing; waits for the reload that is being made. Those who ask meanwhile
   * get the same answer, since each takes a thread and the memory of a configuration.
   * @throws {UsageError} (rejects) when the configuration has mistakes
   */
  plan(): Promise<readonly string[]> {
    return (this.#planning ??= this.#plan().finally(() => {
      this.#planning = undefined
    }))
  }

  async #plan(): Promise<readonly string[]> {
    await this.#reloading
    return planChanges(this.#config, await loadApart(this.#config.file, this.#config)).changes
  }

  async #openAll(): Promise<void> {
    for (const listener of this.#config.listeners) await this.#open(listener)
    await this.#notifyFollowers()
  }

  async #reload(cause: ReloadCause): Promise<Reload> {
    const { next, done } = await this.#replace(cause)
    return this.#applied(cause, next, done)
  }

  async #applied(cause: ReloadCause, next: Config, done: Reload): Promise<Reload> {
    this.#config = next
    this.#counts = { ...this.#counts, succeeded: this.#counts.succeeded + 1, lastSucceeded: true, appliedAt: Date.now() }
    this.#log.info('configuration reloaded', { area: 'configuration', cause, ...done })
    await this.#notifyFollowers()
    return done
  }

  async #notifyFollowers(): Promise<void> {
    for (const follower of this.#followers) await follower(this.#config)
  }

  async #replace(cause: ReloadCause): Promise<{ readonly next: Config; readonly done: Reload }> {
    try {
      const prepared = await this.#read()
      return { next: prepared.next, done: await this.#apply(prepared) }
    } catch (error) {
      this.noteFailed()
      logNotReloaded(this.#log, cause, error)
      throw error
    }
  }

  async #read(): Promise<Prepared> {
    const next = await loadApart(this.#config.file, this.#config)
    const plan = planChanges(this.#config, next)
    // Steps that take long with many users run in turns of their own.
    await nextTurn()
    await this.#prepareUsers(next, plan)
    return { next, plan }
  }

  async #prepareUsers({ router }: Config, { realms: { added, changed } }: ConfigPlan): Promise<void> {
    for (const name of [...added, ...changed]) await this.#router.prepareUsers(router.realms[name]?.authentication?.users ?? {})
  }

  async #apply({ next, plan }: Prepared): Promise<Reload> {
    const undo: (() => unknown)[] = []
    try {
      this.#addRealms(next, plan, undo)
      await this.#openListeners(plan, undo)
    } catch (error) {
      for (const step of undo.toReversed()) await step()
      throw error
    }
    const updates = this.#changeRealms(next, plan)
    const ended = plan.realms.removed.map((name) => this.#router.removeRealm(name) ?? 0)
    this.#setLimits(next, plan)
    for (const { place } of plan.listeners.removed) this.#close(place)
    return {
      changes: plan.changes,
      needRestart: this.#needRestart(next, updates),
      sessionsEnded: sum(ended) + sum([...updates.values()].map(({ sessionsEnded }) => sessionsEnded)),
      revoked: sum(
        [...updates.values()].map(({ subscriptionsRevoked, registrationsRevoked }) => subscriptionsRevoked + registrationsRevoked),
      ),
    }
  }

  #addRealms({ router: { realms } }: Config, { realms: { added } }: ConfigPlan, undo: (() => unknown)[]): void {
    for (const name of added) {
      this.#router.addRealm(name, realms[name] ?? {})
      undo.push(() => this.#router.removeRealm(name))
    }
  }

  async #openListeners({ listeners: { added, removed } }: ConfigPlan, undo: (() => unknown)[]): Promise<void> {
    for (const listener of added) {
      // The same address for another kind of listener: the old one closes first.
      const inTheWay = removed.find((other) => addressOf(other) === addressOf(listener))
      if (inTheWay !== undefined) {
        this.#close(inTheWay.place)
        undo.push(() => this.#open(inTheWay))
      }
      await this.#open(listener)
      undo.push(() => this.#close(listener.place))
    }
  }

  #changeRealms({ router: { realms } }: Config, { realms: { changed } }: ConfigPlan): ReadonlyMap<string, RealmUpdate> {
    return new Map(changed.map((name) => [name, this.#router.updateRealm(name, realms[name] ?? {})]))
  }

  /** If the common limits have changed, the limits of each listener may have, too. */
  #setLimits(next: Config, { listeners: { changed }, changesLimits }: ConfigPlan): void {
    if (changesLimits) this.#router.setLimits(next.router.limits)
    const open = { limits: next.router.limits, log: this.#router.log, pages: this.#surroundings.pages }
    for (const listener of changesLimits ? next.listeners : changed) {
      this.#listeners.get(listener.place)?.change(changesOf(listener, open))
    }
  }

  #needRestart({ document, router: { limits } }: Config, updates: ReadonlyMap<string, RealmUpdate>): string[] {
    const inRealms = [...updates].flatMap(([name, { needRestart }]) =>
      needRestart.map((option) => `${childPath('realms', name)}.${option}`),
    )
    const before = this.#config.router.limits
    const others = (['workers', 'cluster', 'store', 'tracing'] as const).filter(
      (key) => !isDeepStrictEqual(document[key], this.#config.document[key]),
    )
    return [...inRealms, ...others, ...AT_START.flatMap(([option, key]) => (limits[option] === before[option] ? [] : [key]))]
  }

  async #open(config: ListenerConfig): Promise<void> {
    const listener = await openListener(this.#router, config, this.#surroundings.pages, this.#surroundings.relay)
    this.#listeners.set(config.place, listener)
    this.#log.info('listening', { area: 'listeners', address: listener.address, ...this.#surroundings.started })
  }

  /** Stops accepting connections; open sessions stay. */
  #close(place: string): void {
    const listener = this.#listeners.get(place)
    if (listener === undefined) return
    this.#listeners.delete(place)
    this.#log.info('no longer listening', { area: 'listeners', address: listener.address })
    void this.#router.closeListener(listener)
  }
}

/** Logs each mistake that kept a reload from being made. */
export function logNotReloaded(log: Log, cause: ReloadCause, error: unknown): void {
  const problems = (error instanceof Error ? error.message : String(error)).split('\n')
  for (const problem of problems) log.error('configuration not reloaded; the old one holds', { area: 'configuration', cause, problem })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** Limits that take effect only at the start, with their keys in the file. */
const AT_START = [
  ['depth', 'limits.nesting'],
  ['pingMs', 'limits.ping'],
  ['silenceMs', 'limits.silence'],
] as const
