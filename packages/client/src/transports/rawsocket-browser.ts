// Stands in for RawSocket where there are no TCP sockets. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import { shownUrl } from './shown-url.ts'
import type { ClientTransport } from './transport.ts'

/** Refuses: a browser has WebSockets only. */
export function openRawSocket(url: URL): Promise<ClientTransport> {
  return Promise.reject(new UsageError(`${shownUrl(url.href)}: RawSocket needs Node; use ws:// or wss:// here`))
}
