// The options of the door for HTTP.

export interface HttpDoorOptions {
  /** The base of its paths: `/api` for `/api/call/…`; `/` for `/call/…`. */
  readonly path: string
  /** The realm that requests are for. */
  readonly realm: string
  /** The longest body of a request. Default 1 MiB, and never more than a message of the listener. */
  readonly maxBodyBytes?: number | undefined
  /** The time limit of calls that bring none. Default 30 s. */
  readonly timeoutMs?: number | undefined
  /** After this time without an event a stream of events gets a comment. Default 15 s. */
  readonly heartbeatMs?: number | undefined
  /** How long the session of a login stays open without a request. Default 60 s. */
  readonly idleMs?: number | undefined
}
