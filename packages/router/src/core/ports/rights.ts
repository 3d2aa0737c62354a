// Authorization: what the realm asks an authorizer, and what it reports. Types only.

import type { Dict, MatchPolicy, TraceContext } from '@trunkline/protocol'

/** What an authorizer decides about. `see`: the meta API shows the URI to the session; each of the other rights includes that. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe' | 'see'

/** The session whose rights are in question. Several sessions may share an authid and authrole (specification: "Authorization"). */
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
  /** The owner whose share of a procedure's time the question takes: a user, or one network of sessions without a login. */
  readonly owner?: string | undefined
  /** Of calls and publications: the trace to which the request belongs. */
  readonly trace?: TraceContext | undefined
}

/**
 * Whether the receiver learns the identity of the caller or publisher.
 * - `asked`: if the sender asks for it by `disclose_me`.
 * - `always`: also if the sender does not ask.
 * - `never`: a request that asks for it is refused.
 */
export type Disclosure = 'asked' | 'always' | 'never'

/** A positive verdict with details. Plain `true` means: `asked`, no force, retained events allowed. */
export interface Grant {
  readonly disclose: Disclosure
  /** REGISTER may take the procedure from its present callees (`force_reregister`). */
  readonly mayForce: boolean
  /** PUBLISH may have its event retained for later subscribers (`retain`). */
  readonly mayRetain: boolean
}

export type Verdict = boolean | Grant

/** What one session may do, as far as that is known without asking the authorizer. */
export interface Rights {
  /** Whether the verdict on the same question never changes, so that results which depend on it may be cached. Absent: it may change. */
  readonly isConstant?: true
  /** The verdict, or undefined where the authorizer must be asked. Called for every message: allocates nothing. */
  judge(action: Action, uri: string, match: MatchPolicy): Verdict | undefined
}

/**
 * Decides what a session may do. Answers at once where it can; else returns `undefined` and calls `answer` exactly
 * once in a later turn. Until then later input of the session is pending, in order.
 */
export interface Authorizer {
  /** Called only where {@link rightsOf} gives no verdict. */
  allows(request: AuthorizationRequest, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined
  /** Whether a plain yes to REGISTER also allows `force_reregister`, which takes the procedure from its callees. Absent: no. */
  mayForce?(request: AuthorizationRequest): boolean
  /** The rights of a session as known beforehand; cached until they change. Absent: `allows` is called for every request. */
  rightsOf?(session: Principal): Rights
  /** Looks for overdue answers. Called about once a second. */
  tick?(): void
  /** It gets no more questions; each open question is answered with `failed`. */
  close?(): void
}

/** The outcome of a call that the router itself made. */
export type CallOutcome =
  | { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> }
  | { readonly error: string }

/** Calls procedures of a realm in the router's own name. */
export interface ProcedureCaller {
  /**
   * Calls a procedure. `done` is called exactly once in a later turn, unless the call is abandoned before.
   * @param options those of CALL
   * @returns abandons the call
   */
  call(procedure: string, args: readonly unknown[], options: Dict, done: (outcome: CallOutcome) => void): () => void
}

/** The decision on one request that needs a right (specification: "Authorization"). */
export interface Decision extends AuthorizationRequest {
  readonly realm: string
  /** The error of a refusal; undefined when the request was allowed. */
  readonly refused: string | undefined
  /** The id of the trace that the request names by `_traceparent`. */
  readonly traceId: string | undefined
}

/** Called with each decision, once, before the request is processed. Returns at once and never throws. */
export type Audit = (decision: Decision) => void
