// SASLprep (RFC 4013): normalises names and passwords for both sides of WAMP-SCRAM. It allows characters that are unassigned in
// Unicode 3.2, as the RFC does for queries.

// Each escape is one character of a table, not a part of a combined character.
/* oxlint-disable no-misleading-character-class */

/** RFC 3454, table C.1.2. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
/** RFC 3454, table B.1. */
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu
/** RFC 3454, tables C.1.2, C.2.1, C.2.2 and C.3 to C.9. */
const PROHIBITED =
  /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\p{Cc}\u06dd\u070f\u180e\u200c\u200d\u2028\u2029\u2060-\u2063\u206a-\u206f\ufeff\ufff9-\uffff\u{1d173}-\u{1d17a}\p{Co}\p{Noncharacter_Code_Point}\p{Cs}\u2ff0-\u2ffb\u0340\u0341\u200e\u200f\u202a-\u202e\u{e0001}\u{e0020}-\u{e007f}]/u
/** RFC 3454, table D.1: characters written from right to left. */
const RIGHT_TO_LEFT =
  /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\u200f\ufb1d\ufb1f-\ufb28\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc]/u
/** In place of table D.2 (characters written from left to right): all letters except those of D.1. */
const LETTER = /\p{L}/u

/** The prepared form; undefined when the text is empty or holds a prohibited character. */
export function saslPrepared(text: string): string | undefined {
  if (/^[ -~]+$/.test(text)) return text
  const prepared = text.replace(OTHER_SPACES, ' ').replace(NOTHING, '').normalize('NFKC')
  return prepared === '' || PROHIBITED.test(prepared) || mixesDirections(prepared) ? undefined : prepared
}

/** RFC 3454, section 6. */
function mixesDirections(text: string): boolean {
  const characters = Array.from(text)
  const isRightToLeft = (character: string | undefined): boolean => character !== undefined && RIGHT_TO_LEFT.test(character)
  if (!characters.some(isRightToLeft)) return false
  const hasLeftToRight = characters.some((character) => LETTER.test(character) && !isRightToLeft(character))
  return hasLeftToRight || !isRightToLeft(characters[0]) || !isRightToLeft(characters.at(-1))
}
