// A log whose level can be changed while the router runs.

import type { Log } from '@trunkline/router'

/** Which lines are logged: all, warnings alone, or none. */
export const LOG_LEVELS = ['info', 'warn', 'off'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export class LeveledLog implements Log {
  readonly #log: Log
  #level: LogLevel = 'info'

  constructor(log: Log) {
    this.#log = log
  }

  get level(): LogLevel {
    return this.#level
  }

  /** Logs the change itself at any level, so that a reader knows why lines are missing. */
  setLevel(level: LogLevel, by: Readonly<Record<string, unknown>>): void {
    this.#log.warn('log level changed', { before: this.#level, level, ...by })
    this.#level = level
  }

  warn(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#level !== 'off') this.#log.warn(event, fields)
  }

  info(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#level === 'info') this.#log.info(event, fields)
  }
}
