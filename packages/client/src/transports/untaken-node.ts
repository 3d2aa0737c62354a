// Stops reading from a router that takes nothing of what it is sent, since answers to what it sends would fill the memory.

import type { Socket } from 'node:net'
import { MOST_UNTAKEN } from './transport.ts'

/** How long the router may take nothing of them. */
const STALL_MS = 60_000

/** Called when something was read. The socket reads on when all is taken; if nothing is for a minute, it is destroyed with an error. */
export function readOnlyIfTaken(socket: Socket): void {
  if (socket.writableLength <= MOST_UNTAKEN || socket.isPaused()) return
  socket.pause()
  const onStall = (): void => void socket.destroy(new Error('the router sends and takes nothing of what is sent to it'))
  // Node's own limit: while the system takes something of a write, it begins anew. A stream of an agent may have none.
  socket.setTimeout?.(STALL_MS, onStall)
  socket.once('drain', () => {
    socket.setTimeout?.(0, onStall)
    socket.resume()
  })
}
