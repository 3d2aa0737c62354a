// A platform's WebSocket, as the transport uses it; `#websocket` makes one.

import type { WayOptions } from './way.ts'

/** A WebSocket that connects or is connected. Its owner is never notified in the turn of a call. */
export interface MessageSocket {
  /** Whether it would still send a message. */
  readonly isOpen: boolean
  /** Queues a message: text or binary. */
  send(message: string | Uint8Array<ArrayBuffer>): void
  /** Sends what is queued, then closes with code 1000. */
  close(): void
  /** Ends at once, where the platform can do that; queued messages may be lost. */
  destroy(): void
}

/** Is notified of events on a {@link MessageSocket}. */
export interface MessageSocketOwner {
  /** @param protocol the subprotocol of the router; empty if it named none */
  onOpen(protocol: string): void
  /** One complete message: text or binary. */
  onMessage(message: string | Uint8Array): void
  /** The connection could not be opened, or has broken; on some platforms `onClose` does not follow a failed opening. */
  onError(cause: unknown): void
  /** @param code of RFC 6455: what the router said, 1005 if it gave no code, 1006 if it said nothing */
  onClose(code: number, reason: string, wasClean: boolean): void
}

/**
 * Begins to open a connection.
 * @param protocol the subprotocol; undefined for none
 * @throws {UsageError} when the platform does not support an option
 */
export type OpenMessageSocket = (url: string, protocol: string | undefined, way: WayOptions, owner: MessageSocketOwner) => MessageSocket
