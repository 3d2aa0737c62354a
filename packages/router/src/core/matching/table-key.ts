// The keys of tables by URI, since clients choose URIs.

/**
 * The key of a URI, or of one of its components, in a table. Up to Node 20.20.1, 22.22.1 and 24.14.0 the hash of a text of digits is its
 * value: a client could choose ten thousand with the same hash, and each look-up would compare them all. So what may begin like a
 * number gets a mark. Two texts never have the same key.
 */
export function tableKey(text: string): string {
  return text.charCodeAt(0) <= LAST_DIGIT ? `#${text}` : text
}

/** Of the characters up to it, the mark is one: a text that begins with the mark gets another. */
const LAST_DIGIT = 0x39
