// A log whose levels can be changed while the router runs: one for all areas, and one for each area that needs its own.

import type { Log, LogArea, LogFields, LogLevel } from '@trunkline/router'
import { AREAS } from './log-areas.ts'

/** The levels by which lines are chosen: those of a level and of all after it in this list. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const
export type Threshold = (typeof LOG_LEVELS)[number]

/** The levels of all areas, and of those with a level of their own. */
export interface LogLevels {
  readonly level: Threshold
  readonly areas: Readonly<Partial<Record<LogArea, Threshold>>>
}

export class LeveledLog implements Log {
  /** Called with the levels whenever they change, but for {@link adopt}. */
  onChange: ((levels: LogLevels) => void) | undefined
  readonly #log: Log
  #configured: LogLevels
  #levels: LogLevels
  /** The place of each area's level in {@link LOG_LEVELS}. */
  #ranks: ReadonlyMap<LogArea, number>

  /** @param configured the levels of the configuration */
  constructor(log: Log, configured: LogLevels = DEFAULT_LEVELS) {
    this.#log = log
    this.#configured = configured
    this.#levels = configured
    this.#ranks = ranksOf(configured)
  }

  get levels(): LogLevels {
    return this.#levels
  }

  /** The level of an area, or that of all areas without one of their own. */
  level(area?: LogArea): Threshold {
    return (area === undefined ? undefined : this.#levels.areas[area]) ?? this.#levels.level
  }

  /**
   * Sets the level of one area, or without it of all areas that have none of their own. Logs the change itself at any level, so that a
   * reader knows why lines are missing.
   * @param level `default`: as the configuration says, without an area for all areas
   */
  setLevel(level: Threshold | 'default', area: LogArea | undefined, by: Readonly<Record<string, unknown>>): void {
    const before = this.level(area)
    this.#change(changed({ now: this.#levels, configured: this.#configured }, level, area))
    this.#log.warn('log level changed', { area: 'admin', of: area ?? 'all', before, level: this.level(area), ...by })
  }

  /** Takes the levels of a configuration that was read again. Where it says what it said before, levels that were set stay. */
  configure(levels: LogLevels): void {
    const isSame = JSON.stringify(levels) === JSON.stringify(this.#configured)
    this.#configured = levels
    if (!isSame) this.#change(levels)
  }

  /** Takes the levels that another process of the router has. */
  adopt(levels: LogLevels): void {
    this.#levels = levels
    this.#ranks = ranksOf(levels)
  }

  #change(levels: LogLevels): void {
    this.adopt(levels)
    this.onChange?.(levels)
  }

  isLogged(level: LogLevel, area: LogArea): boolean {
    return LOG_LEVELS.indexOf(level) >= (this.#ranks.get(area) ?? 0)
  }

  error(event: string, fields: LogFields): void {
    if (this.isLogged('error', fields.area)) this.#log.error(event, fields)
  }

  warn(event: string, fields: LogFields): void {
    if (this.isLogged('warn', fields.area)) this.#log.warn(event, fields)
  }

  info(event: string, fields: LogFields): void {
    if (this.isLogged('info', fields.area)) this.#log.info(event, fields)
  }

  debug(event: string, fields: LogFields): void {
    if (this.isLogged('debug', fields.area)) this.#log.debug(event, fields)
  }
}

const DEFAULT_LEVELS: LogLevels = { level: 'info', areas: {} }

interface KnownLevels {
  readonly now: LogLevels
  readonly configured: LogLevels
}

function changed({ now, configured }: KnownLevels, level: Threshold | 'default', area: LogArea | undefined): LogLevels {
  if (area === undefined) return level === 'default' ? configured : { ...now, level }
  const { [area]: _before, ...areas } = now.areas
  const wanted = level === 'default' ? configured.areas[area] : level
  return { ...now, areas: wanted === undefined ? areas : { ...areas, [area]: wanted } }
}

function ranksOf({ level, areas }: LogLevels): ReadonlyMap<LogArea, number> {
  return new Map(AREAS.map((area) => [area, LOG_LEVELS.indexOf(areas[area] ?? level)]))
}
