// Whose web pages may open a WebSocket: those of the same host, or of the origins listed. Says nothing about clients
// that are no browsers: they send no Origin.

import type { IncomingMessage } from 'node:http'

/** Whether the page that sent a request may connect. `origins` absent: only pages of the same host and port. */
export function isOriginAllowed({ headers }: IncomingMessage, origins: readonly string[] | undefined): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (origins !== undefined) return origins.includes('*') || origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === host
}
