// Checks whether octets are UTF-8, and finds the place of a fault.

import { isUtf8 } from 'node:buffer'

/** The reason why octets are not UTF-8, with its line; undefined when they are. */
export function encodingFault(octets: Buffer): { readonly line: number; readonly column: number; readonly text: string } | undefined {
  if (isUtf8(octets)) return undefined
  if (WIDE.some((mark) => octets.subarray(0, mark.length).equals(mark))) return { line: 1, column: 1, text: `is UTF-16; ${EXPECTED}` }
  let [line, start] = [1, 0]
  for (let end = octets.indexOf(NEWLINE); end >= 0 && isUtf8(octets.subarray(start, end)); end = octets.indexOf(NEWLINE, start)) {
    start = end + 1
    line++
  }
  return { line, column: columnOf(octets.subarray(start)), text: `is not UTF-8 from here on; ${EXPECTED}` }
}

/** The first column in a line after which it is not UTF-8. */
function columnOf(rest: Buffer): number {
  let column = 1
  for (const character of rest.toString('utf8')) {
    if (character === '\uFFFD') break
    column++
  }
  return column
}

const EXPECTED = 'save it as UTF-8'
const NEWLINE = 0x0a
/** The byte order marks of UTF-16. */
const WIDE = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]
