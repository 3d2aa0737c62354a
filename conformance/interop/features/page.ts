// The matrix of features and clients as a page. Judges nothing.

import { FEATURES } from './feature.ts'
import type { Judge } from './judge.ts'

/**
 * One table with a column for each client, and under it the reasons as notes.
 * @param facts rows with a text for each client, before the features
 */
export function matrixOf(
  judge: Judge,
  titles: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, readonly string[]>> = {},
): string {
  const notes: string[] = []
  const rows = judge.features.map((feature) => {
    const cells = judge.clients.map((client) => {
      const { mark, reasons } = judge.cell(client, feature)
      const numbers = reasons.map((reason) => {
        if (!notes.includes(reason)) notes.push(reason)
        return notes.indexOf(reason) + 1
      })
      return numbers.length === 0 ? mark : `${mark} (${numbers.join(', ')})`
    })
    return `| ${[FEATURES[feature], ...cells].join(' | ')} |`
  })
  const head = ['feature', ...judge.clients.map((client) => titles[client] ?? client)]
  const known = Object.entries(facts).map(([fact, texts]) => `| ${[fact, ...texts].join(' | ')} |`)
  const table = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...known, ...rows].join('\n')
  return `${table}\n\n${notes.map((note, i) => `${i + 1}. ${note}`).join('\n')}\n`
}
