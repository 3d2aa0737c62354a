// Warnings of settings that work but are rarely intended. check.ts finds the mistakes.

import { sizeText } from '../quantities.ts'
import type { Config } from './config.ts'

/** The router's defaults. */
const DEFAULT_BYTES = 4 * 1024 * 1024

/** The warnings, one sentence each. */
export function warningsOf(config: Config): string[] {
  const { messageBytes = DEFAULT_BYTES, outboxBytes = DEFAULT_BYTES } = config.router.limits
  const longest = Math.max(messageBytes, ...config.listeners.map(({ maxMessageBytes }) => maxMessageBytes ?? 0))
  // The two defaults are made for each other, so they cause no warning.
  const isDefault = longest === DEFAULT_BYTES && outboxBytes === DEFAULT_BYTES
  if (isDefault || outboxBytes >= 2 * longest) return []
  return [
    `limits.outbox (${sizeText(outboxBytes)}) holds fewer than two messages of limits.message (${sizeText(longest)}): ` +
      `while one is queued, the router refuses a second one or closes the session; raise it to ${sizeText(2 * longest)}`,
  ]
}
