// Bounds the cost of finding the wildcard patterns that match one URI, whatever patterns clients choose. Knows no entry and no
// session.

/** A tree node for the order of literals and wildcards in patterns; `uses` counts the patterns that pass through it. */
interface Shape {
  uses: number
  literal: Shape | undefined
  wildcard: Shape | undefined
}

/** No owner may use more than a fourth, so that none can use up the budget of the others. */
const SHARES = 4

/**
 * The match index follows a URI along at most one path for each shape (order of literals and wildcards) with the same number of
 * components, however many patterns have that shape: a URI visits at most as many nodes as the tree of these shapes has.
 * This class keeps that tree, and refuses a pattern that would make it larger than the limit. Patterns of few components have
 * few shapes: lengths whose whole tree is small enough are not counted at all.
 */
export class WildcardBudget {
  readonly #most: number
  /** Up to this number of components every possible tree fits into the share of one owner. */
  readonly #uncounted: number
  readonly #all = new ShapeTrees()
  readonly #byOwner = new Map<string, ShapeTrees>()
  /** The owner of each counted pattern. */
  readonly #owners = new Map<string, string>()

  /** @param most nodes that one URI may visit */
  constructor(most: number) {
    this.#most = most
    this.#uncounted = Math.floor(Math.log2(this.#share + 1)) - 1
  }

  /** Whether there is room for a new pattern, in the share of its owner and in total. */
  hasRoom(pattern: string, owner: string): boolean {
    const shape = shapeOf(pattern)
    if (shape.length <= this.#uncounted) return true
    const own = this.#byOwner.get(owner)?.sizeWith(shape) ?? shape.length + 1
    return own <= this.#share && this.#all.sizeWith(shape) <= this.#most
  }

  /** Counts a new pattern. */
  add(pattern: string, owner: string): void {
    const shape = shapeOf(pattern)
    if (shape.length <= this.#uncounted) return
    const own = this.#byOwner.get(owner) ?? new ShapeTrees()
    this.#byOwner.set(owner, own)
    this.#owners.set(pattern, owner)
    own.add(shape)
    this.#all.add(shape)
  }

  /** Releases what a removed pattern took, if it was counted. */
  remove(pattern: string): void {
    const owner = this.#owners.get(pattern)
    if (owner === undefined) return
    this.#owners.delete(pattern)
    const shape = shapeOf(pattern)
    this.#all.remove(shape)
    const own = this.#byOwner.get(owner)
    own?.remove(shape)
    if (own?.isEmpty === true) this.#byOwner.delete(owner)
  }

  /** How many patterns are counted; for tests. */
  get size(): number {
    return this.#owners.size
  }

  get #share(): number {
    return Math.floor(this.#most / SHARES)
  }
}

/** A tree of shapes for each number of components. */
class ShapeTrees {
  readonly #trees = new Map<number, { readonly root: Shape; size: number }>()

  get isEmpty(): boolean {
    return this.#trees.size === 0
  }

  /** How many nodes the tree would have with one more shape. */
  sizeWith(shape: readonly boolean[]): number {
    const tree = this.#trees.get(shape.length)
    if (tree === undefined) return shape.length + 1
    let node: Shape | undefined = tree.root
    let known = 0
    while (known < shape.length && (node = child(node, shape[known] === true)) !== undefined) known++
    return tree.size + shape.length - known
  }

  add(shape: readonly boolean[]): void {
    const tree = this.#trees.get(shape.length) ?? { root: newShape(), size: 1 }
    this.#trees.set(shape.length, tree)
    tree.size = this.sizeWith(shape)
    let node = tree.root
    node.uses++
    for (const isWildcard of shape) {
      node = isWildcard ? (node.wildcard ??= newShape()) : (node.literal ??= newShape())
      node.uses++
    }
  }

  /** The shape must have been added. */
  remove(shape: readonly boolean[]): void {
    const tree = this.#trees.get(shape.length)
    if (tree === undefined) return
    if (--tree.root.uses === 0) {
      this.#trees.delete(shape.length)
      return
    }
    let node = tree.root
    for (const [depth, isWildcard] of shape.entries()) {
      const next = child(node, isWildcard)
      if (next === undefined) return
      if (--next.uses === 0) {
        // No other shape continues from here.
        if (isWildcard) node.wildcard = undefined
        else node.literal = undefined
        tree.size -= shape.length - depth
        return
      }
      node = next
    }
  }
}

function newShape(): Shape {
  return { uses: 0, literal: undefined, wildcard: undefined }
}

function child(shape: Shape, isWildcard: boolean): Shape | undefined {
  return isWildcard ? shape.wildcard : shape.literal
}

/** For each component whether it is a wildcard. */
function shapeOf(pattern: string): boolean[] {
  return pattern.split('.').map((component) => component === '')
}
