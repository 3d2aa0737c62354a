// Who may do what: what the realm asks, and whom it tells. Types only.

import type { MatchPolicy } from '@trunkline/protocol'

/** What an authorizer is asked about; `see` means to be shown by the meta API what is there, which `call`, `register`, `publish` and `subscribe` include. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe' | 'see'

/** Whose rights are asked for. Several sessions may be of one authid and authrole (specification: "Authorization"). */
export interface Principal {
  /** The session's id. */
  readonly id: number
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
}

export interface AuthorizationRequest {
  readonly action: Action
  readonly uri: string
  /** `exact` for calls and publications. */
  readonly match: MatchPolicy
  readonly session: Principal
}

/**
 * Whether the receiver learns who called or published.
 * - `asked`: if the sender asks for it by `disclose_me`.
 * - `always`: also unasked.
 * - `never`: who asks for it is refused.
 */
export type Disclosure = 'asked' | 'always' | 'never'

/** A yes that says more. The plain `true` is `asked`, no force, retained events. */
export interface Grant {
  readonly disclose: Disclosure
  /** REGISTER may take the procedure from whoever holds it (`force_reregister`). */
  readonly mayForce: boolean
  /** PUBLISH may leave its event behind for later subscribers (`retain`). */
  readonly mayRetain: boolean
}

export type Verdict = boolean | Grant

/** What one session may do, as far as it is known without asking anybody. */
export interface Rights {
  /** Whether it says the same each time, of everything: then what depends on it may be kept. Absent: it does not. */
  readonly isConstant?: true
  /** The verdict, or undefined where the authorizer must be asked. Asked for every message: allocates nothing. */
  judge(action: Action, uri: string, match: MatchPolicy): Verdict | undefined
}

/**
 * Decides what a session may do. Answers at once where it can; else answers `undefined` and calls `answer` exactly
 * once in a later turn. Meanwhile the session's input waits, in order.
 */
export interface Authorizer {
  /** Asked only about what {@link rightsOf} does not know. */
  allows(request: AuthorizationRequest, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined
  /** Whether a plain yes to REGISTER is also one to `force_reregister`: to take the procedure from those who have it. Absent: it is not. */
  mayForce?(request: AuthorizationRequest): boolean
  /** What is known of a session's rights beforehand; kept until the rights change. Without it `allows` is asked for everything. */
  rightsOf?(session: Principal): Rights
  /** Looks whose answer is overdue. Called about once a second. */
  tick?(): void
  /** It is asked no more: whoever waits gets `failed`. */
  close?(): void
}

/** What became of a call of the router's own. */
export type CallOutcome =
  | { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> }
  | { readonly error: string }

/** Calls procedures of a realm in the router's own name. */
export interface ProcedureCaller {
  /**
   * Calls a procedure. `done` is called exactly once in a later turn, unless the call is given up before.
   * @param timeoutMs told to the dealer
   * @returns gives the call up
   */
  call(procedure: string, args: readonly unknown[], timeoutMs: number, done: (outcome: CallOutcome) => void): () => void
}

/** What became of one request that needs a right (specification: "Authorization"). */
export interface Decision extends AuthorizationRequest {
  readonly realm: string
  /** The error of a refusal; undefined: it was allowed. */
  readonly refused: string | undefined
}

/** Is told of each decision, once, before the request is done. Returns at once and never throws. */
export type Audit = (decision: Decision) => void
