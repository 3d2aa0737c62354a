// How long a text may be so that a regular expression surely takes little time on it. V8 tries one way through a text after the other:
// with two repetitions their number grows with the square of the length, with a repetition of a repetition by powers of two.

/** What little time is for: some milliseconds at most. */
export const EASY_OCTETS = 16_384
/** With a million steps. */
const FEW_OCTETS = 256

/** Up to so many octets the expression takes little time, whatever the text is. */
export function octetsAtEase(source: string): number {
  const plain = source.replaceAll(ESCAPES_AND_CLASSES, 'x')
  if (REPEATED_GROUP.test(plain)) return 0
  const repetitions = plain.match(REPETITION)?.length ?? 0
  // An expression that is not bound to the beginning is tried from each character on.
  const ways = plain.startsWith('^') && !plain.includes('|') ? repetitions : repetitions + 1
  return ways <= 1 ? EASY_OCTETS : FEW_OCTETS
}

const ESCAPES_AND_CLASSES = /\\.|\[(?:\\.|[^\]\\])*\]/gsu
const REPEATED_GROUP = /\)(?:[*+]|\{)/
const REPETITION = /[*+]|\{\d+,\d*\}/g
