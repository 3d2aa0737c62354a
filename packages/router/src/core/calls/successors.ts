// Claims by force that are announced and not made yet. Until every linked node knows of one, and it is made, the callees of before are
// called; a call that finds them gone goes to the one that is coming. So a procedure that is taken over has a callee all the time.

import type { RealmContext } from '../state/realm-context.ts'
import type { Callee, Registration } from '../state/registration.ts'
import type { Session } from '../state/session.ts'

/** What an announcement says of the registration to be. */
export type RegistrationToBe = Pick<Registration, 'id' | 'uri' | 'match' | 'invoke'>

/** A claim of this node that is to come. */
export interface Announced {
  readonly registration: RegistrationToBe
  readonly callee: Callee
}

interface OwnAnnounced extends Announced {
  /** Makes the claim. Returns whether it did; if not, REGISTER was answered. */
  readonly make: () => boolean
}

/** Callees of other nodes that are to come to one registration. */
interface Coming {
  readonly callees: Map<Session, Callee>
  /** What was put off until it is decided whether they come. */
  putOff: (() => void)[]
}

export class Successors {
  readonly #context: RealmContext
  readonly #own = new Map<Session, Set<OwnAnnounced>>()
  /** By registration. */
  readonly #coming = new Map<number, Coming>()
  /** The registrations to which sessions of other nodes are to come. */
  readonly #awaited = new Map<Session, Set<number>>()

  constructor(context: RealmContext) {
    this.#context = context
  }

  // Those of this node.

  /** Tells the other nodes of a claim, and makes it when all of them know. */
  announce(registration: RegistrationToBe, callee: Callee, make: () => boolean): void {
    const { cluster } = this.#context
    const announced: OwnAnnounced = { registration, callee, make }
    const { session } = callee
    this.#own.set(session, (this.#own.get(session) ?? new Set()).add(announced))
    cluster?.registered(registration, callee)
    cluster?.settle(() => this.#conclude(session, announced))
  }

  /** The claims of this node that are to come. */
  *own(): Iterable<Announced> {
    for (const announced of this.#own.values()) yield* announced
  }

  /** How many a session has announced. */
  countOf(session: Session): number {
    return this.#own.get(session)?.size ?? 0
  }

  /** Makes the claims of a session without further waiting: from then on they are looked at like its other registrations. */
  conclude(session: Session): void {
    for (const announced of [...(this.#own.get(session) ?? [])]) this.#conclude(session, announced)
  }

  #conclude(session: Session, announced: OwnAnnounced): void {
    if (!this.#forgetOwn(session, announced)) return // The session has left, or it was made before.
    if (!announced.make()) this.#withdraw(session, announced)
  }

  #forgetOwn(session: Session, announced: OwnAnnounced): boolean {
    const own = this.#own.get(session)
    const isThere = own?.delete(announced) === true
    if (own?.size === 0) this.#own.delete(session)
    return isThere
  }

  #withdraw(session: Session, { registration }: Announced): void {
    this.#context.cluster?.unregistered(registration, session, { isEnd: false, before: undefined })
  }

  // Those of other nodes.

  /** A callee of another node is going to take a registration. */
  add(registration: number, callee: Callee): void {
    const { session } = callee
    const coming = this.#coming.get(registration) ?? { callees: new Map<Session, Callee>(), putOff: [] }
    this.#coming.set(registration, coming)
    coming.callees.set(session, callee)
    this.#awaited.set(session, (this.#awaited.get(session) ?? new Set()).add(registration))
  }

  /** Whether a session of another node is to come somewhere. */
  has(session: Session): boolean {
    return this.#awaited.has(session)
  }

  /** One that is coming to a registration and was not tried. */
  of(registration: number, tried: ReadonlySet<Session>): Callee | undefined {
    for (const callee of this.#coming.get(registration)?.callees.values() ?? []) if (!tried.has(callee.session)) return callee
    return undefined
  }

  /** Puts a task off until no claim to a registration is to come. Returns false where none is. */
  putOff(registration: number, task: () => void): boolean {
    const coming = this.#coming.get(registration)
    coming?.putOff.push(task)
    return coming !== undefined
  }

  /** A callee of another node has come, or comes no more. */
  forget(session: Session, registration: number): void {
    const awaited = this.#awaited.get(session)
    if (awaited?.delete(registration) !== true) return
    if (awaited.size === 0) this.#awaited.delete(session)
    const coming = this.#coming.get(registration)
    if (coming?.callees.delete(session) !== true || coming.callees.size > 0) return
    this.#coming.delete(registration)
    for (const task of coming.putOff) task()
  }

  /** A session of this or another node leaves. */
  leave(session: Session): void {
    for (const announced of [...(this.#own.get(session) ?? [])]) {
      if (this.#forgetOwn(session, announced)) this.#withdraw(session, announced)
    }
    for (const registration of [...(this.#awaited.get(session) ?? [])]) this.forget(session, registration)
  }
}
