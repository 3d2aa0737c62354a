// The socket on which TLS runs.

import type { Socket } from 'node:net'

const sockets = new WeakMap<Socket, Socket>()
const octets = new WeakMap<Socket, () => number>()

/**
 * The socket on which TLS runs; for other sockets the socket itself. Node names it only in a property without documentation, which all
 * versions have; remote address and port would not tell apart the connections of a Unix socket.
 */
export function socketUnder<S extends Socket>(secured: S): S {
  return (sockets.get(secured) as S | undefined) ?? (secured as { readonly _parent?: S | null })._parent ?? secured
}

/** How many octets TLS has got, where a stream of the router counts them; the socket may have read more, which wait for their turn. */
export function octetsOfTls(secured: Socket): number {
  return octets.get(secured)?.() ?? socketUnder(secured).bytesRead
}

/** Says which socket it is, and how many octets TLS has got, where a stream of the router lies between the two. */
export function setSocketUnder(secured: Socket, socket: Socket, octetsGot: () => number): void {
  sockets.set(secured, socket)
  octets.set(secured, octetsGot)
}
