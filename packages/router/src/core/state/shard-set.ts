// Some of the shards of a registration, as bits: a Set of all of them takes 20 KB, for a list that takes four in a message.

/** How many shards a sharded registration has, numbered from 0. */
export const SHARDS = 1024

export class ShardSet {
  readonly #bits = new Uint32Array(SHARDS / 32)

  static of(shards: Iterable<number>): ShardSet {
    const set = new ShardSet()
    for (const shard of shards) set.#bits[shard >> 5] = set.#word(shard) | (1 << (shard & 31))
    return set
  }

  /** The numbers of its shards, in order. */
  get list(): number[] {
    return Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => this.has(shard))
  }

  has(shard: number): boolean {
    return (this.#word(shard) & (1 << (shard & 31))) !== 0
  }

  /** The lowest shard that is in both; undefined when none is. */
  common(other: ShardSet): number | undefined {
    for (let shard = 0; shard < SHARDS; shard++) if (this.has(shard) && other.has(shard)) return shard
    return undefined
  }

  equals(other: ShardSet): boolean {
    return this.#bits.every((word, i) => word === other.#bits[i])
  }

  addAll(other: ShardSet): void {
    for (const [i, word] of other.#bits.entries()) this.#bits[i] = (this.#bits[i] ?? 0) | word
  }

  removeAll(other: ShardSet): void {
    for (const [i, word] of other.#bits.entries()) this.#bits[i] = (this.#bits[i] ?? 0) & ~word
  }

  #word(shard: number): number {
    return this.#bits[shard >> 5] ?? 0
  }
}
