// Texts for keeping: `slice` makes one that keeps the whole text in memory, which a peer may have made of megabytes.

/** The same text, which keeps no other in memory. */
export function ownText(text: string): string {
  return Array.from(text).join('')
}

/** The first characters of a text; of a longer one as a text of its own. */
export function beginningOf(text: string, characters: number): string {
  return text.length <= characters ? text : ownText(text.slice(0, characters))
}
