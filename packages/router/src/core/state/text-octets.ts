// What the characters of a text take in memory.

const LAST_OF_ONE_OCTET = 0xff

/** One octet for each character; two where a single one of them is not of Latin-1, since V8 then keeps the whole text so. */
export function textOctets(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > LAST_OF_ONE_OCTET) return text.length * 2
  return text.length
}
