// The log of incidents for operators. Types only.

/** Which part of the router an incident concerns. Each area can have a level of its own. */
export type LogArea =
  | 'router'
  | 'listeners'
  | 'logins'
  | 'sessions'
  | 'rights'
  | 'limits'
  | 'realms'
  | 'contracts'
  | 'configuration'
  | 'admin'
  | 'traces'
  | 'cluster'
  | 'store'

/**
 * - `error`: a fault, or something that no client can use until an operator acts.
 * - `warn`: an incident that an operator should see.
 * - `info`: changes of the router.
 * - `debug`: what single clients do.
 */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** The fields of a line. They never hold payload or secrets. */
export interface LogFields {
  readonly area: LogArea
  readonly [field: string]: unknown
}

/** Lines for the log: one input makes at most one. `console` is such a log. */
export interface Log {
  error(event: string, fields: LogFields): void
  warn(event: string, fields: LogFields): void
  info(event: string, fields: LogFields): void
  debug(event: string, fields: LogFields): void
  /** Whether lines of this level and area are logged; default: all. The router then does not make them. */
  isLogged?(level: LogLevel, area: LogArea): boolean
}
