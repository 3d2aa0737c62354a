// Replaces RawSocket where there are no TCP sockets. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { ClientTransport } from './transport.ts'

/** Refuses: a browser has WebSockets only. */
export function openRawSocket(): Promise<ClientTransport> {
  return Promise.reject(new UsageError('only ws:// and wss:// go without Node'))
}
