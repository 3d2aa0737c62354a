// The way out to one peer, as the life of its sessions uses it: a link, and what only that life may do. Types only.

import type { Message } from '@trunkline/protocol'
import type { CloseCause, Link, TransportInfo } from '../core/ports/index.ts'

export interface WayOut extends Link {
  readonly info: TransportInfo
  /** The longest message that the peer may send, in octets; absent where none is too long. */
  readonly maxReceiveBytes?: number | undefined
  /** A session is open, or another may follow it. */
  setOpen?(isOpen: boolean): void
  /** The session is over: what waits belongs to none that may follow. */
  seal?(): void
  /** Reads no more until `resume`; answers whether that is possible. Absent where it is not. */
  pause?(): boolean
  resume?(): void
  /** Sends what is queued and a last message, if any, then closes. Idempotent. */
  close(cause: CloseCause, last?: Message): void
}
