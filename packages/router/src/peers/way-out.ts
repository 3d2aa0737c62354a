// Sending to one peer, as the life of its sessions needs it: a link, and what only that life may do. Types only.

import type { Message } from '@trunkline/protocol'
import type { CloseCause, Link, TransportInfo } from '../core/ports/index.ts'

export interface WayOut extends Link {
  readonly info: TransportInfo
  /** The longest message that the peer may send, in octets. Absent: no limit. */
  readonly maxReceiveBytes?: number | undefined
  /** Called when a session has opened, and when one has ended and another may follow. */
  setOpen?(isOpen: boolean): void
  /** The session has ended: what is queued does not belong to the next one. */
  seal?(): void
  /** Stops reading until `resume`; returns false when that is not possible. Absent where it never is. */
  pause?(): boolean
  resume?(): void
  /** Sends what is queued and a last message, if any, then closes. Idempotent. */
  close(cause: CloseCause, last?: Message): void
}
