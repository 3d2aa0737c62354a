// Binds a socket to the object that uses it, without a closure for each connection. Knows no protocol.

import type { Socket } from 'node:net'

/** Handles the events of a socket. None of these may throw. */
export interface SocketUser {
  onOctets(chunk: Buffer): void
  /** The peer has ended its stream. */
  onEnd(): void
  /** The connection broke; {@link onGone} follows. */
  onBroken?(code: string | undefined): void
  /** The socket is closed; called exactly once, last. */
  onGone(): void
}

const user = Symbol('user')

interface BoundSocket extends Socket {
  [user]?: SocketUser
}

/** Passes a socket's events to a user; binding again replaces the user. */
export function bindSocket(socket: BoundSocket, to: SocketUser): void {
  const isFirst = socket[user] === undefined
  socket[user] = to
  if (!isFirst) return
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('error', onError)
  socket.on('close', onClose)
}

function onData(this: BoundSocket, chunk: Buffer): void {
  this[user]?.onOctets(chunk)
}

function onEnd(this: BoundSocket): void {
  this[user]?.onEnd()
}

/** A broken connection is normal: 'close' follows. */
function onError(this: BoundSocket, error: NodeJS.ErrnoException): void {
  this[user]?.onBroken?.(error.code)
}

function onClose(this: BoundSocket): void {
  this[user]?.onGone()
}
