// Lists of nodes that never change: all topics with the same nodes share one list, so that a topic costs little more than its name.

/** Some nodes, each once. */
export interface NodeList<Node> {
  readonly nodes: readonly Node[]
  /** The list with one node more. */
  with(node: Node): NodeList<Node>
  /** The list with one node less. */
  without(node: Node): NodeList<Node>
  /** The nodes of both lists. */
  and(other: NodeList<Node>): NodeList<Node>
}

/** So many lists are kept to be shared; the nodes of a cluster are few, and so are the lists in use. */
const MOST_SHARED = 4_096

/** All lists over some nodes. */
export class NodeLists<Node extends object> {
  readonly none: NodeList<Node>
  readonly #numbers = new Map<Node, number>()
  /** By the numbers of their nodes. */
  readonly #shared = new Map<string, SharedList<Node>>()
  #lastNumber = 0

  constructor() {
    this.none = new SharedList<Node>([], this)
  }

  /** The list of these nodes. */
  of(nodes: readonly Node[]): NodeList<Node> {
    if (nodes.length === 0) return this.none
    const ordered = nodes.toSorted((a, b) => this.#numberOf(a) - this.#numberOf(b))
    const key = ordered.map((node) => this.#numberOf(node)).join()
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    if (this.#shared.size >= MOST_SHARED) this.#forgetShared()
    const list = new SharedList<Node>(ordered, this)
    this.#shared.set(key, list)
    return list
  }

  /** Lists with a node that no topic has any more. */
  forget(node: Node): void {
    this.#numbers.delete(node)
    this.#forgetShared()
  }

  /** Lists in use stay as they are. */
  #forgetShared(): void {
    for (const list of this.#shared.values()) list.forgetNext()
    this.#shared.clear()
    ;(this.none as SharedList<Node>).forgetNext()
  }

  #numberOf(node: Node): number {
    const known = this.#numbers.get(node)
    if (known !== undefined) return known
    this.#numbers.set(node, ++this.#lastNumber)
    return this.#lastNumber
  }
}

class SharedList<Node extends object> implements NodeList<Node> {
  readonly nodes: readonly Node[]
  readonly #lists: NodeLists<Node>
  /** By a node that it does not have, or has: the list with it, or without it. Undefined until the first. */
  #next: Map<Node, NodeList<Node>> | undefined

  constructor(nodes: readonly Node[], lists: NodeLists<Node>) {
    this.nodes = nodes
    this.#lists = lists
  }

  with(node: Node): NodeList<Node> {
    return this.nodes.includes(node) ? this : this.#to(node, () => [...this.nodes, node])
  }

  without(node: Node): NodeList<Node> {
    return this.nodes.includes(node) ? this.#to(node, () => this.nodes.filter((each) => each !== node)) : this
  }

  and(other: NodeList<Node>): NodeList<Node> {
    if (other === this || this.nodes.length === 0) return other
    return other.nodes.reduce<NodeList<Node>>((list, node) => list.with(node), this)
  }

  forgetNext(): void {
    this.#next = undefined
  }

  #to(node: Node, nodes: () => readonly Node[]): NodeList<Node> {
    const known = this.#next?.get(node)
    if (known !== undefined) return known
    const list = this.#lists.of(nodes())
    this.#next = (this.#next ?? new Map<Node, NodeList<Node>>()).set(node, list)
    return list
  }
}
