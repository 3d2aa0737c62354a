// Logins by method and outcome. Only counts.

/** How logins of one method ended. */
export interface LoginCount {
  readonly method: string
  /** `accepted`, or why the client was refused. */
  readonly outcome: string
  readonly count: number
}

/** Each method has few outcomes. An authenticator of the program may name any method. */
const MOST_METHODS = 50
const OTHER = 'other'

export class Logins {
  readonly #byMethod = new Map<string, Map<string, number>>()

  /** One for each method and outcome that occurred. */
  get counts(): LoginCount[] {
    return [...this.#byMethod].flatMap(([method, outcomes]) => [...outcomes].map(([outcome, count]) => ({ method, outcome, count })))
  }

  /** @param outcome one of few words */
  note(method: string, outcome: string): void {
    const isKnown = this.#byMethod.has(method) || this.#byMethod.size < MOST_METHODS
    const name = isKnown ? method : OTHER
    const outcomes = this.#byMethod.get(name) ?? new Map<string, number>()
    this.#byMethod.set(name, outcomes)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
}
