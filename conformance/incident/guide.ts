// The guide as a list of what its reader does: runs blocks, and looks at pictures, in the order in which they stand there.

import { readFileSync } from 'node:fs'

export type Part =
  /** Lines for the shell in which the reader goes on. */
  | { readonly kind: 'block'; readonly code: string }
  /** Lines for a terminal of their own, in which they run until the end. */
  | { readonly kind: 'lasting'; readonly code: string }
  | { readonly kind: 'picture'; readonly name: string }

const PART = /^```bash( \w+)?\n([\s\S]*?)^```$|^!\[[^\]]*\]\(pictures\/([\w-]+)\.png\)$/gm

export function partsOf(file: string): Part[] {
  return [...readFileSync(file, 'utf8').matchAll(PART)].map(([, mark, code = '', name]) => {
    if (name !== undefined) return { kind: 'picture', name }
    return { kind: mark === ' lasting' ? 'lasting' : 'block', code: code.trimEnd() }
  })
}
