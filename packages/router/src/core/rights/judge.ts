// Decides what sessions may do: by their known rights, and else by asking the authorizer. Performs nothing.

import type { Dict, MatchPolicy } from '@trunkline/protocol'
import type { Action, AuthorizationRequest, Principal, Rights, Verdict } from '../ports/rights.ts'
import { sessionFields, traceField } from '../state/log-fields.ts'
import { ownerOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'

const EVERYTHING: Rights = { isConstant: true, judge: () => true }

/** What a session wants to do: an action, and the URI or pattern that it is about. */
export type Wish = Omit<AuthorizationRequest, 'session'>

/** Whether a session may do one of several actions with a URI or pattern. */
export type View = (actions: readonly Action[], uri: string, match: MatchPolicy) => boolean

export class Judge {
  readonly #context: RealmContext

  constructor(context: RealmContext) {
    this.#context = context
  }

  /** The verdict if it is known; undefined where the authorizer must be asked. Sessions of the router may do everything. */
  known(session: Session, action: Action, uri: string, match: MatchPolicy): Verdict | undefined {
    if (session.isInternal) return true
    session.rights ??= this.#context.authorizer.rightsOf?.(principalOf(session))
    return session.rights?.judge(action, uri, match)
  }

  /** The rights of a session where they alone decide and never change; undefined where they may change or the authorizer is asked. */
  constant(session: Session): Rights | undefined {
    if (session.isInternal) return EVERYTHING
    session.rights ??= this.#context.authorizer.rightsOf?.(principalOf(session))
    return session.rights?.isConstant === true ? session.rights : undefined
  }

  /**
   * The verdict; where it is not known, the authorizer is asked. When rights change before its answer, the question is asked again.
   * @param answer called once in a later turn, if the verdict is undefined
   */
  ask(session: Session, wish: Wish, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined {
    const known = this.known(session, wish.action, wish.uri, wish.match)
    if (known !== undefined) return known
    const changes = session.rightsChanges
    return this.#context.authorizer.allows({ ...requestOf(session, wish), owner: ownerOf(session), trace: wish.trace }, (verdict) => {
      if (!session.isMember || session.rightsChanges === changes) return answer(verdict)
      const again = this.ask(session, wish, answer)
      if (again !== undefined) answer(again)
    })
  }

  /** The verdict if it is available in this turn. Asks no authorizer procedure; asks an authorizer of the program. */
  atOnce(session: Session, { action, uri, match }: Wish): Verdict | undefined {
    const { authorizer } = this.#context
    const known = this.known(session, action, uri, match)
    if (known !== undefined || authorizer.rightsOf !== undefined) return known
    return authorizer.allows(requestOf(session, { action, uri, match }), () => {})
  }

  /**
   * What a session may do, as far as that is available in this turn: a list of thousands must not cause thousands of questions. Once
   * the authorizer leaves an answer to a later turn, it is not asked about further entries.
   */
  view(session: Session): View {
    let isLate = false
    return (actions, uri, match) =>
      actions.some((action) => {
        const verdict = isLate ? this.known(session, action, uri, match) : this.atOnce(session, { action, uri, match })
        isLate ||= verdict === undefined
        return verdict !== undefined && verdict !== false
      })
  }

  /** Whether a plain yes to REGISTER also allows `force_reregister`. */
  mayForce(session: Session, wish: Wish): boolean {
    return this.#context.authorizer.mayForce?.(requestOf(session, wish)) ?? false
  }

  /** The rights of a session may have changed: known rights, and verdicts not yet answered, are void. */
  forget(session: Session): void {
    session.rights = undefined
    session.rightsChanges++
  }

  /**
   * Reports a decision to the audit, if there is one, and a refusal to the log.
   * @param refused the error of a refusal
   * @param options those of the request, which may name a trace
   */
  record(session: Session, wish: Wish, refused: string | undefined, options?: Dict): void {
    const { name, audit, log } = this.#context
    audit?.({ realm: name, ...requestOf(session, wish), refused, traceId: traceField(options).trace_id })
    if (refused !== undefined && log.isLogged?.('debug', 'rights') !== false) this.#logRefusal(session, wish, refused, options)
  }

  #logRefusal(session: Session, { action, uri }: Wish, reason: string, options: Dict | undefined): void {
    const { name, log } = this.#context
    const who = { ...sessionFields(session, name), authrole: session.identity.authrole }
    log.debug('request refused', { area: 'rights', ...who, action, uri, reason, ...traceField(options) })
  }
}

function requestOf(session: Session, { action, uri, match }: Wish): AuthorizationRequest {
  return { action, uri, match, session: principalOf(session) }
}

function principalOf({ id, identity: { authid, authrole, authmethod } }: Session): Principal {
  return { id, authid, authrole, authmethod }
}
