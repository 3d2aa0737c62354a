// What a configuration says that works and is seldom meant. Mistakes are told elsewhere (check.ts).

import { sizeText } from '../quantities.ts'
import type { Config } from './config.ts'

/** What the router takes where the file says nothing. */
const DEFAULT_BYTES = 4 * 1024 * 1024

/** One sentence for each. */
export function warningsOf(config: Config): string[] {
  const { messageBytes = DEFAULT_BYTES, outboxBytes = DEFAULT_BYTES } = config.router.limits
  const longest = Math.max(messageBytes, ...config.listeners.map(({ maxMessageBytes }) => maxMessageBytes ?? 0))
  // The defaults belong together: one that is so long waits alone, and all others are short.
  const isDefault = longest === DEFAULT_BYTES && outboxBytes === DEFAULT_BYTES
  if (isDefault || outboxBytes >= 2 * longest) return []
  return [
    `limits.outbox (${sizeText(outboxBytes)}) holds fewer than two messages of limits.message (${sizeText(longest)}): ` +
      `where one waits, another as long is refused, or ends the session; raise it to ${sizeText(2 * longest)}`,
  ]
}
