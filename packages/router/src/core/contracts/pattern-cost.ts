// How long a text may be so that a regular expression surely takes little time on it. V8 tries one way through a text after the other:
// each repetition multiplies their number by the length, each optional part by two, each choice by its alternatives, a repetition of a
// repetition by powers of two.

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
  const { combinations, isOneWhole } = choicesIn(plain)
  const factors = plain.startsWith('^') && isOneWhole ? repetitions : repetitions + 1
  const ways = FEW_WAYS / 2 ** optional / combinations
  return Math.min(EASY_OCTETS, Math.floor(ways ** (1 / Math.max(1, factors))))
}

/** How many combinations of alternatives there are, and whether these are all within groups. */
function choicesIn(plain: string): { readonly combinations: number; readonly isOneWhole: boolean } {
  const outer: { readonly before: number; readonly inFront: number }[] = []
  // Of the alternatives of the group before the present one, and of the parts of that one so far.
  let [before, inFront] = [0, 1]
  for (const character of plain) {
    if (character === '(') {
      outer.push({ before, inFront })
      ;[before, inFront] = [0, 1]
    } else if (character === '|') [before, inFront] = [before + inFront, 1]
    else if (character === ')') {
      const group = outer.pop() ?? { before: 0, inFront: 1 }
      ;[before, inFront] = [group.before, group.inFront * (before + inFront)]
    }
  }
  return { combinations: before + inFront, isOneWhole: before === 0 }
}

const ESCAPES_AND_CLASSES = /\\.|\[(?:\\.|[^\]\\])*\]/gsu
const REPEATED_GROUP = /\)(?:[*+]|\{)/
const REPETITION = /[*+]|\{\d+,\d*\}/g
/** A question mark that neither begins a group of its own kind nor makes a repetition lazy. */
const OPTIONAL = /(?<![(*+?}])\?/g
