// The numbers by which a node names the owners of calls and events to its links, and to the nodes that answer. Another node never learns
// which owner a number stands for.

/** Retained events count under the number of their owner and this: apart from what else is of it, since nodes have to keep the same ones. */
export const RETAINED = 2 ** 32

/** What an owner changes at other nodes, as by REGISTER and SUBSCRIBE, counts under its number and this: its sessions wait, and nothing is refused. */
export const CHANGES = 2 ** 33

/** More owners than have anything on its way over a link at one time. */
const MOST = 16_384

export class OwnerNumbers {
  readonly #numbers = new Map<string, number>()
  #last = 0

  /** The number of an owner; 0 where there is none. */
  of(owner: string | undefined): number {
    return owner === undefined ? 0 : (this.#numbers.get(owner) ?? this.#add(owner))
  }

  /** The number under which its changes count; 0 where there is no owner. */
  ofChanges(owner: string | undefined): number {
    const number = this.of(owner)
    return number === 0 ? 0 : CHANGES + number
  }

  /** One that is forgotten gets another number: what it has on its way then counts to nobody. */
  #add(owner: string): number {
    const [oldest] = this.#numbers.keys()
    if (oldest !== undefined && this.#numbers.size >= MOST) this.#numbers.delete(oldest)
    this.#last = (this.#last % LARGEST) + 1
    this.#numbers.set(owner, this.#last)
    return this.#last
  }
}

const LARGEST = 0xffff_ffff
