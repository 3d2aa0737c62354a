// Asks this node and the others the same question: all that it is linked to, or the processes of its router.

import type { Gathered, Part } from './parts.ts'
import type { AnswerTo, Ask, OtherNodes, Scope, What } from './questions.ts'

/** What answers for this node. */
export interface OwnAnswers {
  answer<Of extends What>(about: Of, ask: Ask<Of>): AnswerTo<Of>
}

export class OverNodes {
  readonly #own: OwnAnswers
  readonly #others: OtherNodes | undefined
  #lastKey = 0

  /** @param others absent: the router is one process, and stands alone */
  constructor(own: OwnAnswers, others: OtherNodes | undefined) {
    this.#own = own
    this.#others = others
  }

  /** The name of this node; empty where it is the only one. */
  get node(): string {
    return this.#others?.node ?? ''
  }

  /** The name of the router that this process is, or is a worker of. */
  get router(): string {
    return this.#others?.router ?? ''
  }

  /** Whether a node is a process of this router. */
  isOwn(node: string): boolean {
    return node === this.node || this.#others?.workers.includes(node) === true
  }

  /** The name under which a node is shown; null where there is one only. */
  shown(node: string): string | null {
    return this.#others === undefined ? null : node
  }

  get hasOthers(): boolean {
    return this.#others !== undefined
  }

  /** A text that no node has given before. */
  newKey(): string {
    return `${this.node} ${process.pid} ${++this.#lastKey}`
  }

  /** Asks where no answer is of use. */
  tell<Of extends What>(about: Of, ask: Ask<Of>): void {
    // The answers are dropped, and the names of nodes without one. What this one itself answers here does not throw.
    void this.gather(about, ask)
  }

  /**
   * The answers of all nodes, of the others those that come within two seconds.
   * @throws what this one throws; then the others were not asked
   */
  async gather<Of extends What>(about: Of, ask: Ask<Of>, scope: Scope = 'cluster'): Promise<Gathered<AnswerTo<Of>>> {
    const own = { node: this.node, answer: this.#own.answer(about, ask) }
    if (this.#others === undefined) return { parts: [own], missing: [] }
    const { answers, missing } = await this.#others.ask({ about, ask }, scope)
    const parts = [own, ...(answers as readonly Part<AnswerTo<Of>>[])]
    return { parts: parts.toSorted((a, b) => byName(a.node, b.node)), missing: missing.toSorted(byName) }
  }
}

function byName(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
