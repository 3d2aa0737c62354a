// What a connection needs of the reader that splits its octets into frames. The protocol of the frames is the reader's.

/** Makes frames of octets and delivers them. */
export interface FrameReader {
  /** The octets that it holds of a message that has not come whole. */
  readonly heldOctets: number
  /** Takes the next octets; returns how many: all of them, unless `hold` is called meanwhile. May throw what the owner throws. */
  receive(chunk: Uint8Array): number
  /** Delivers nothing more until {@link release}, not even from the octets at hand. */
  hold(): void
  release(): void
  /** Delivers nothing more at all. */
  stop(): void
  /** Sets the greatest length of messages from now on. */
  limit(octets: number): void
}
