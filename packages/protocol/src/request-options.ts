// Options of requests that clients and contracts share, with WAMP's names in camel case. Types only.

/**
 * How a call is cancelled.
 * - `skip`: the caller stops waiting; the callee continues.
 * - `killnowait`: the caller stops waiting; the callee is interrupted.
 * - `kill`: the callee is interrupted, and the caller waits for its answer.
 */
export type CancelMode = 'skip' | 'kill' | 'killnowait'

export interface SharedCallOptions {
  /** Asks the router to disclose the caller to the callee. */
  readonly discloseMe?: boolean | undefined
  /** Milliseconds to the first result, and between results; 0: no limit. With `calls()` the client enforces it, too. */
  readonly timeout?: number | undefined
  readonly runmode?: string | undefined
  readonly rkey?: unknown
  /** How the signal of a call cancels it; not sent. Default `killnowait`. */
  readonly cancelMode?: CancelMode | undefined
}

export interface SharedRegisterOptions {
  /** Which of several callees gets a call. Default `single`: there is only one. `_sharded`: the one with the shard of the call's `rkey`. */
  readonly invoke?: 'single' | 'roundrobin' | 'random' | 'first' | 'last' | '_sharded' | undefined
  readonly discloseCaller?: boolean | undefined
  /** Take the procedure over from the callees that have it now. Most routers require a right for it. */
  readonly forceReregister?: boolean | undefined
  /** Get the caller's timeout in `details.timeout`, which `calls()` enforces in place of the router. */
  readonly forwardTimeout?: boolean | undefined
}

export interface SharedPublishOptions {
  /** Wait for the router's acknowledgement. Default false. */
  readonly acknowledge?: boolean | undefined
  /** Whether this session does not get the event itself. Default true. */
  readonly excludeMe?: boolean | undefined
  readonly discloseMe?: boolean | undefined
  readonly exclude?: readonly number[] | undefined
  readonly excludeAuthid?: readonly string[] | undefined
  readonly excludeAuthrole?: readonly string[] | undefined
  readonly eligible?: readonly number[] | undefined
  readonly eligibleAuthid?: readonly string[] | undefined
  readonly eligibleAuthrole?: readonly string[] | undefined
  /** Keep the event for later subscribers with `getRetained`. Best effort: the router may lose it. */
  readonly retain?: boolean | undefined
  readonly rkey?: unknown
  readonly transactionHash?: string | undefined
}

export interface SharedSubscribeOptions {
  /** Get the retained event first; `details.retained` marks it. */
  readonly getRetained?: boolean | undefined
  readonly nkey?: string | undefined
}

/**
 * What becomes of an event when `buffer` events are queued already.
 * - `fail`: the loop throws an OverflowError, after the queued events.
 * - `drop_oldest`, `drop_newest`: one is dropped; `lost` of the next event counts it.
 * - `latest`: only the newest is queued, for values of which only the last one counts.
 */
export type Overflow = 'fail' | 'drop_oldest' | 'drop_newest' | 'latest'

/** Options of a loop over events. */
export interface SharedLoopOptions extends SharedSubscribeOptions {
  /** The most events queued for the loop. Default 1000. */
  readonly buffer?: number | undefined
  /** Default `fail`. */
  readonly overflow?: Overflow | undefined
}
