// Which subscriptions and registrations a router has of one session, by the messages of that session alone.

/** `refused`, or the name of what was granted. */
export type Answer = string

export class Grants {
  readonly #answers = new Map<unknown, Answer>()
  /** What the client asked to end, by the id of the request. */
  readonly #leaving = new Map<unknown, string>()
  /** What was granted and not revoked. */
  readonly held = new Set<string>()

  answerTo(request: number): Answer | undefined {
    return this.#answers.get(request)
  }

  sent([type, request, id]: readonly unknown[]): void {
    if (type === 34) this.#leaving.set(request, nameOf(33, id))
    else if (type === 66) this.#leaving.set(request, nameOf(65, id))
  }

  received([type, first, second]: readonly unknown[]): void {
    if (type === 33 || type === 65) this.#grant(first, nameOf(type, second))
    else if (type === 35) this.#end(first, 33, (second as { readonly subscription?: unknown } | undefined)?.subscription)
    else if (type === 67) this.#end(first, 65, (second as { readonly registration?: unknown } | undefined)?.registration)
    else if (type === 8 && (first === 32 || first === 64)) this.#answers.set(second, 'refused')
    else if (type === 8 && (first === 34 || first === 66)) this.held.delete(this.#leaving.get(second) ?? '')
  }

  #grant(request: unknown, name: string): void {
    this.#answers.set(request, name)
    this.held.add(name)
  }

  /** With request 0 the router revokes it. */
  #end(request: unknown, type: 33 | 65, revoked: unknown): void {
    this.held.delete(request === 0 ? nameOf(type, revoked) : (this.#leaving.get(request) ?? ''))
  }
}

function nameOf(type: 33 | 65, id: unknown): string {
  return `${type === 33 ? 'subscription' : 'registration'} ${String(id)}`
}
