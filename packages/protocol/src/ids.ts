// Identifiers: their range, and counters of session scope (specification: "Identifiers"). The caller provides the randomness.

/** The greatest id, 2^53. */
export const MAX_ID = 9_007_199_254_740_992

/** Whether a value is a WAMP id: an integer from 1 to 2^53. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ID
}

/** The id after `id` in a counter of session scope; 1 follows 2^53. */
export function nextId(id: number): number {
  return id >= MAX_ID ? 1 : id + 1
}

/**
 * Makes an id of global scope from 53 random bits, given as two integers. It is undefined for the one value that is no id;
 * then the caller draws again.
 * @param high 21 random bits
 * @param low 32 random bits
 */
export function idFromBits(high: number, low: number): number | undefined {
  const id = (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0)
  return id === 0 ? undefined : id
}
