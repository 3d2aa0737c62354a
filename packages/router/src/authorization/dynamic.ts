// The dynamic authorizer: a procedure of the application decides (specification: "Authorization"; arguments and results are those
// of Crossbar.io). Roles with rules are decided by these and never asked about; otherwise the authorizer's own session would need
// a verdict of itself.

import { traceIdOf, UsageError } from '@trunkline/protocol'
import type {
  AuthorizationRequest,
  Authorizer,
  CallOutcome,
  Clock,
  Log,
  Principal,
  ProcedureCaller,
  Rights,
  Verdict,
} from '../core/ports/index.ts'
import { AnswerPace, AskedAtOnce } from './answer-pace.ts'
import type { RoleAuthorizer } from './roles.ts'
import { VerdictCache } from './verdict-cache.ts'

/** A procedure that decides. */
export interface DynamicAuthorizerOptions {
  /** Called with `[session, uri, action, options]`; returns a bool or `{ allow, disclose?, options?, cache? }`. */
  readonly procedure: string
  /** The realm in which it is registered. Default: the same. */
  readonly realm?: string | undefined
  /** A request is refused without an answer in this time. Default 5 s. */
  readonly deadlineMs?: number | undefined
  /** Caches answers with `cache: true`. Default: no cache. */
  readonly cache?: { readonly entries: number; readonly ttlMs: number } | undefined
}

/** What the authorizer needs besides its options. */
export interface DynamicAuthorizerParts {
  /** The realm of the sessions that it decides about. */
  readonly realm: string
  readonly caller: ProcedureCaller
  readonly clock: Clock
  readonly log: Log
  /** The roles with rules. */
  readonly roles: RoleAuthorizer
  readonly counters: { authorizationsAsked: number; authorizationsFailed: number }
}

interface Question {
  readonly request: AuthorizationRequest
  readonly answer: (verdict: Verdict | 'failed') => void
  /** When its time is over, on the clock for durations. */
  readonly deadline: number
  readonly asker: Asker
  /** Undefined while it waits until other questions are answered. */
  abandon: (() => void) | undefined
  /** When it was asked, on the clock for durations. */
  askedAt: number
}

/** The questions of one owner. */
interface Asker {
  readonly owner: string | undefined
  readonly atOnce: AskedAtOnce
  asked: number
  readonly waiting: Set<Question>
}

const DEFAULT_DEADLINE_MS = 5_000
/** How many questions are open at the procedure at a time; further ones wait, and owners take turns. */
const MOST_ASKED = 1_000

export class DynamicAuthorizer implements Authorizer {
  readonly #procedure: string
  readonly #deadlineMs: number
  readonly #parts: DynamicAuthorizerParts
  readonly #cache: VerdictCache | undefined
  /** In the order of their deadlines. */
  readonly #open = new Set<Question>()
  readonly #askers = new Map<string | undefined, Asker>()
  /** Owners with a waiting question that may be asked, in turn. */
  readonly #ready = new Set<Asker>()
  readonly #pace = new AnswerPace()
  #asked = 0

  /** @throws {UsageError} when an option is not valid */
  constructor({ procedure, deadlineMs = DEFAULT_DEADLINE_MS, cache }: DynamicAuthorizerOptions, parts: DynamicAuthorizerParts) {
    if (!(deadlineMs > 0)) throw new UsageError('deadlineMs of a dynamic authorizer must be greater than 0', 'TL_REALM')
    if (cache !== undefined && !(cache.entries > 0 && cache.ttlMs > 0)) {
      throw new UsageError('the cache of a dynamic authorizer needs entries and ttlMs greater than 0', 'TL_REALM')
    }
    this.#procedure = procedure
    this.#deadlineMs = deadlineMs
    this.#parts = parts
    this.#cache = cache === undefined ? undefined : new VerdictCache(cache.entries, cache.ttlMs, parts.clock)
  }

  rightsOf(session: Principal): Rights {
    if (this.#parts.roles.has(session.authrole)) return this.#parts.roles.rightsOf(session)
    const cached = this.#cache?.of(session)
    return { judge: (action, uri, match) => cached?.get(action, uri, match) }
  }

  allows(request: AuthorizationRequest, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined {
    const asker = this.#askerOf(request.owner)
    const deadline = this.#parts.clock.monotonic() + this.#deadlineMs
    const question: Question = { request, answer, deadline, asker, abandon: undefined, askedAt: 0 }
    this.#open.add(question)
    asker.waiting.add(question)
    this.#makeReady(asker)
    this.#askNext()
    return undefined
  }

  tick(): void {
    const late: Question[] = []
    const now = this.#parts.clock.monotonic()
    for (const question of this.#open) {
      if (question.deadline > now) break
      late.push(question)
    }
    // Waiting questions fail first, so that they do not get the turns of those that were asked.
    for (const question of late) if (question.abandon === undefined) this.#expire(question)
    for (const question of late) if (question.abandon !== undefined) this.#expire(question)
  }

  close(): void {
    this.#ready.clear()
    for (const asker of this.#askers.values()) asker.waiting.clear()
    for (const question of this.#open) {
      question.abandon?.()
      this.#settle(question, 'failed')
    }
  }

  #askerOf(owner: string | undefined): Asker {
    const asker = this.#askers.get(owner) ?? { owner, atOnce: new AskedAtOnce(), asked: 0, waiting: new Set() }
    this.#askers.set(owner, asker)
    return asker
  }

  /** Puts an owner at the end of the row when one of its questions may be asked. */
  #makeReady(asker: Asker): void {
    const most = asker.owner === undefined ? MOST_ASKED : asker.atOnce.most
    if (asker.waiting.size > 0 && asker.asked < most) this.#ready.add(asker)
    else if (asker.waiting.size === 0 && asker.asked === 0) this.#askers.delete(asker.owner)
  }

  #askNext(): void {
    // An owner that may have more comes again, behind the others.
    for (const asker of this.#ready) {
      if (this.#asked >= MOST_ASKED) return
      this.#ready.delete(asker)
      const [question] = asker.waiting
      if (question === undefined) continue
      asker.waiting.delete(question)
      asker.asked++
      this.#makeReady(asker)
      this.#ask(question)
    }
  }

  #expire(question: Question): void {
    if (question.abandon !== undefined) question.asker.atOnce.note(false)
    question.abandon?.()
    this.#fail(question, `no answer within ${this.#deadlineMs} ms`)
  }

  #ask(question: Question): void {
    const { counters, caller, realm } = this.#parts
    const { action, uri, match, session } = question.request
    const { id, authid, authrole, authmethod } = session
    const options = action === 'subscribe' || action === 'register' ? { match } : {}
    this.#asked++
    question.askedAt = this.#parts.clock.monotonic()
    counters.authorizationsAsked++
    const args = [{ session: id, authid, authrole, authmethod, realm }, uri, action, options]
    question.abandon = caller.call(this.#procedure, args, { timeout: this.#deadlineMs, ...question.request.trace }, (outcome) =>
      this.#take(question, outcome),
    )
  }

  #take(question: Question, outcome: CallOutcome): void {
    if (!this.#open.has(question)) return
    if ('error' in outcome) return this.#fail(question, outcome.error)
    const now = this.#parts.clock.monotonic()
    question.asker.atOnce.note(this.#pace.isPrompt(now - question.askedAt, now))
    const answer = readAnswer(outcome.args[0])
    if (answer === undefined) return this.#fail(question, 'the answer is neither a bool nor a dict with a bool `allow`')
    const { action, uri, match, session } = question.request
    if (answer.mayCache) this.#cache?.of(session).set(action, uri, match, answer.verdict)
    this.#settle(question, answer.verdict)
  }

  #fail(question: Question, error: string): void {
    if (!this.#open.has(question)) return
    const { counters, log, realm } = this.#parts
    counters.authorizationsFailed++
    const { session, trace } = question.request
    const traced = trace === undefined ? {} : { trace_id: traceIdOf(trace) }
    log.warn('authorizer failed', { area: 'rights', realm, procedure: this.#procedure, session: session.id, error, ...traced })
    this.#settle(question, 'failed')
  }

  #settle(question: Question, verdict: Verdict | 'failed'): void {
    this.#open.delete(question)
    const { asker } = question
    if (!asker.waiting.delete(question) && question.abandon !== undefined) {
      this.#asked--
      asker.asked--
    }
    if (asker.waiting.size === 0) this.#ready.delete(asker)
    this.#makeReady(asker)
    question.answer(verdict)
    this.#askNext()
  }
}

/** The procedure's answer; undefined when it is not valid. */
function readAnswer(answer: unknown): { verdict: Verdict; mayCache: boolean } | undefined {
  if (typeof answer === 'boolean') return { verdict: answer, mayCache: false }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined
  const { allow, disclose, options, cache } = answer as Readonly<Record<string, unknown>>
  if (typeof allow !== 'boolean') return undefined
  return { verdict: allow && grantOf(disclose === true, options), mayCache: cache === true }
}

function grantOf(isDisclosed: boolean, options: unknown): Verdict {
  if (!isDisclosed && !Array.isArray(options)) return true
  const rights: readonly unknown[] = Array.isArray(options) ? options : ['retain']
  return {
    disclose: isDisclosed ? 'always' : 'asked',
    mayForce: rights.includes('force_reregister'),
    mayRetain: rights.includes('retain'),
  }
}
