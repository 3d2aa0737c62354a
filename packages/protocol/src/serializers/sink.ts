// The interface between two forms of a value: a reader calls these methods in order, a writer or builder implements them.
// A conversion so makes no JavaScript values.

/**
 * Receives one value after another, depth first. Every value inside a dict is preceded by its key.
 * Octets are only valid during the call; text is well-formed UTF-8.
 */
export interface Sink {
  null(): void
  boolean(value: boolean): void
  /** A bigint only where a number would not be exact (beyond 2^53). */
  integer(value: number | bigint): void
  float(value: number): void
  text(source: Uint8Array, start: number, end: number): void
  /** Text that already is a JavaScript string; it may hold lone surrogates. */
  string(value: string): void
  bytes(source: Uint8Array, start: number, end: number): void
  /** Opens a list of `count` values; {@link UNCOUNTED} where the reader does not know it and the sink does not need it. */
  list(count: number): void
  endList(): void
  /** Opens a dict of `count` members. */
  dict(count: number): void
  endDict(): void
  key(source: Uint8Array, start: number, end: number): void
  stringKey(value: string): void
  /** An integer as a key: MessagePack and CBOR only. */
  integerKey(value: number | bigint): void
}

/** A count that the sink does not need: builders and JSON. */
export const UNCOUNTED = -1

/** The counts of all lists and dicts, in the order in which they open, for sinks that write them first. */
export interface Counts {
  next(): number
}

/** Reads values of one format from octets. */
export interface Source {
  /**
   * Reads the value that begins at `start`.
   * @param depth the number of lists and dicts around it
   * @returns the position after it
   * @throws {ProtocolError} when it is malformed or too deep
   * @throws {PayloadError} when it is well-formed, but neither another format nor JavaScript can hold it
   */
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink): number
  /**
   * Begins raw items of a payload, which {@link Source.goOn} reads as {@link Source.read} does; nothing else may be read meanwhile.
   * @param counts needed where the format has no counts and the sink needs them
   */
  begin(raw: Uint8Array, count: number, sink: Sink, counts?: Counts): void
  /**
   * Reads on, and stops after the value with which about so many octets are read. As many as there are: all at once.
   * @returns whether all items are read
   */
  goOn(octets: number): boolean
}
