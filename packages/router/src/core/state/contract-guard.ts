// Holds payloads to the contracts of a realm: counts and logs what is not as declared, and says what must be refused.

import type { Dict, Payload } from '@trunkline/protocol'
import { CALL, CONTRACT_VIOLATION, Payload as Payloads, uris } from '@trunkline/protocol'
import type { EntryChecks } from '../contracts/contract-checks.ts'
import type { SchemaFault } from '../contracts/json-schema.ts'
import type { ContractMoment, ContractViolations } from '../ports/contracts.ts'
import type { AnsweredRequest } from './answers.ts'
import { passError } from './answers.ts'
import { CheckBudget } from './check-budget.ts'
import { sessionFields, traceField } from './log-fields.ts'
import { ownerOf } from './owner.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** A payload on its way. */
export interface Passing {
  readonly payload: Payload | undefined
  /** Those of the request, which may name a trace; undefined for results. */
  readonly options?: Dict | undefined
  readonly isEncrypted: boolean
  /** Whether it ends a call in chunks: then it may be empty. */
  readonly isLast: boolean
}

/** Between two lines about one URI. */
const LOG_INTERVAL_MS = 1_000
const ENCRYPTED: SchemaFault = { path: '', pathForLog: '', message: 'is encrypted and cannot be checked' }

interface NotedFault extends SchemaFault {
  readonly options: Dict | undefined
}

interface Count {
  count: number
  loggedAt: number
}

export class ContractGuard {
  readonly #context: RealmContext
  readonly #budget: CheckBudget
  /** By moment and URI; only URIs of contracts, so that no client makes it long. */
  readonly #counts = new Map<ContractMoment, Map<string, Count>>()

  constructor(context: RealmContext) {
    this.#context = context
    this.#budget = new CheckBudget(context.clock, context.timeLimit)
  }

  /** How many payloads were not as declared since the realm was created, by URI and moment. */
  get violations(): ContractViolations[] {
    return [...this.#counts].flatMap(([moment, counts]) => [...counts].map(([uri, { count }]) => ({ uri, moment, count })))
  }

  /**
   * Checks a payload.
   * @param sender whose payload it is
   * @returns the fault for which it must be refused; undefined where it passes
   */
  refuses(entry: EntryChecks, moment: ContractMoment, passing: Passing, sender: Session): SchemaFault | undefined {
    const { payload, isEncrypted, isLast } = passing
    const validate = entry.validators[moment]
    if (validate === undefined || sender.isInternal || (isEncrypted && entry.passesEncrypted)) return undefined
    if (isLast && entry.takesChunks && isEmpty(payload)) return undefined
    const fault = isEncrypted
      ? ENCRYPTED
      : validate(payload, (check, late, octets) => this.#budget.run(ownerOf(sender), check, late, octets))
    if (fault === undefined) return undefined
    this.#note(entry, moment, { ...fault, options: passing.options }, sender)
    return entry.mode === 'reject' ? fault : undefined
  }

  #note({ uri, mode }: EntryChecks, moment: ContractMoment, { pathForLog, message, options }: NotedFault, sender: Session): void {
    const { clock, counters, log, name } = this.#context
    const counts = this.#counts.get(moment) ?? new Map<string, Count>()
    this.#counts.set(moment, counts)
    const known = counts.get(uri) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY }
    counts.set(uri, known)
    known.count++
    counters.contractViolations++
    const now = clock.monotonic()
    if (now - known.loggedAt < LOG_INTERVAL_MS) return
    known.loggedAt = now
    const what = { uri, moment, mode, path: pathForLog, message, ...traceField(options) }
    log.warn('payload breaks a contract', { area: 'contracts', ...sessionFields(sender, name), ...what })
  }
}

/** Answers a request whose payload is refused, as a callee that checks by the contract does. */
export function sendContractFault(to: Session, request: AnsweredRequest, fault: SchemaFault): void {
  sendFault(to, request, uris.INVALID_ARGUMENT, fault)
}

/** Answers a call whose result is refused. */
export function sendResultFault(to: Session, request: number, fault: SchemaFault): void {
  sendFault(to, { type: CALL, request }, CONTRACT_VIOLATION, fault)
}

function sendFault(to: Session, request: AnsweredRequest, error: string, { path, message }: SchemaFault): void {
  const payload = Payloads.fromValues([path === '' ? message : `${path}: ${message}`], { issues: [{ path, message }] })
  // The path holds keys of the payload, so it may be too long for the answer.
  passError(to, request, { error, payload })
}

function isEmpty(payload: Payload | undefined): boolean {
  return payload === undefined || payload.items.every((item) => Object.keys(Object(item) as object).length === 0)
}
