// Several authorizers for one realm: some roles have one of their own. Decides nothing itself.

import type { AuthorizationRequest, Authorizer, Principal, Rights, Verdict } from '../core/ports/index.ts'

const ASK: Rights = { judge: () => undefined }

export class AuthorizersByRole implements Authorizer {
  readonly #byRole: ReadonlyMap<string, Authorizer>
  readonly #others: Authorizer

  /** @param others decides for roles without an authorizer of their own */
  constructor(byRole: ReadonlyMap<string, Authorizer>, others: Authorizer) {
    this.#byRole = byRole
    this.#others = others
  }

  allows(request: AuthorizationRequest, answer: (verdict: Verdict | 'failed') => void): Verdict | undefined {
    return this.#of(request.session).allows(request, answer)
  }

  mayForce(request: AuthorizationRequest): boolean {
    return this.#of(request.session).mayForce?.(request) ?? false
  }

  rightsOf(session: Principal): Rights {
    return this.#of(session).rightsOf?.(session) ?? ASK
  }

  tick(): void {
    for (const authorizer of this.#all) authorizer.tick?.()
  }

  close(): void {
    for (const authorizer of this.#all) authorizer.close?.()
  }

  get #all(): readonly Authorizer[] {
    return [...this.#byRole.values(), this.#others]
  }

  #of({ authrole }: Principal): Authorizer {
    return this.#byRole.get(authrole) ?? this.#others
  }
}
