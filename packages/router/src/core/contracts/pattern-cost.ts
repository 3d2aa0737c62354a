// How long a text may be so that a regular expression surely takes little time on it. V8 tries one way through a text after the other:
// each repetition multiplies their number by the length, each optional part by two, a repetition of a repetition by powers of two.

/** What little time is for: some milliseconds at most. */
export const EASY_OCTETS = 16_384
/** So many ways may be tried. */
const FEW_WAYS = 1_000_000

/** Up to so many octets the expression takes little time, whatever the text is. */
export function octetsAtEase(source: string): number {
  const plain = source.replaceAll(ESCAPES_AND_CLASSES, 'x')
  if (REPEATED_GROUP.test(plain)) return 0
  const repetitions = plain.match(REPETITION)?.length ?? 0
  const optional = plain.match(OPTIONAL)?.length ?? 0
  // An expression that is not bound to the beginning is tried from each character on.
  const factors = plain.startsWith('^') && !plain.includes('|') ? repetitions : repetitions + 1
  if (factors + optional <= 1) return EASY_OCTETS
  return Math.min(EASY_OCTETS, Math.floor((FEW_WAYS / 2 ** optional) ** (1 / Math.max(1, factors))))
}

const ESCAPES_AND_CLASSES = /\\.|\[(?:\\.|[^\]\\])*\]/gsu
const REPEATED_GROUP = /\)(?:[*+]|\{)/
const REPETITION = /[*+]|\{\d+,\d*\}/g
/** A question mark that neither begins a group of its own kind nor makes a repetition lazy. */
const OPTIONAL = /(?<![(*+?}])\?/g
