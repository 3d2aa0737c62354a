// What is never shown of a configuration.

import type { TextNode } from './nodes.ts'

/** Shown in place of a secret. */
export const HIDDEN = '<hidden>'

/** Whether a text is not shown. */
export function isHidden({ isSecret, helpsToGuess }: TextNode): boolean {
  return isSecret === true || helpsToGuess === true
}
