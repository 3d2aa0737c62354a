// How much memory a request takes until it is answered. Holds nothing.

import type { IncomingMessage } from 'node:http'

/** What a request and its answer take, and each name or value of its head besides its octets, as measured. */
const REQUEST_OCTETS = 1_536
const TEXT_OCTETS = 80

/** About how many octets a request and its answer take, without its body. */
export function requestOctets({ url = '', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + TEXT_OCTETS, url.length + REQUEST_OCTETS)
}
