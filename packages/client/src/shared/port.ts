// What goes between a tab and the worker: messages of WAMP as texts or octets, and the notices below.

/** Of this form of notices. A tab and a worker of different versions of a program meet after an update. */
export const PORT_VERSION = 1

export type Notice =
  /** The first of a tab. `lock`: the name of the lock that the tab holds while it lives. */
  | { readonly kind: 'open'; readonly version: number; readonly subprotocol: string; readonly lock: string | undefined }
  /** The answer of the worker, with its own lock: HELLO may follow. */
  | { readonly kind: 'opened'; readonly lock: string | undefined }
  /** The worker cannot serve this tab. */
  | { readonly kind: 'refused'; readonly text: string }
  /** One of the two has ended the session, or its opening. Where the worker gives a reason, the port stays. */
  | { readonly kind: 'closed'; readonly text: string | undefined }
  /** Of the worker after `closed`: an attempt to open a session will succeed. Of a tab: the page is visible again, or the network is back. */
  | { readonly kind: 'wake' }
  /** The tab has read messages of so many octets. */
  | { readonly kind: 'taken'; readonly octets: number }
  /** The tab has no more use for the port. */
  | { readonly kind: 'left' }
  /** Without locks: the worker asks whether the tab lives, which answers alike. */
  | { readonly kind: 'alive' }

/** A port of a MessageChannel, or of a shared worker. */
export interface Port {
  onmessage: ((event: MessageEvent<unknown>) => void) | null
  postMessage(message: unknown, transfer: Transferable[]): void
  close(): void
}

/** Posts a message of WAMP; octets are handed over, not copied. */
export function postFrame(port: Port, message: string | Uint8Array<ArrayBuffer>): void {
  port.postMessage(message, typeof message === 'string' ? [] : [message.buffer])
}

export function notify(port: Port, notice: Notice): void {
  port.postMessage(notice, [])
}

/** What a message costs while it is queued: its octets, or characters, and the rest of it. */
export function costOf(message: string | Uint8Array): number {
  return message.length + 64
}

export function isFrame(data: unknown): data is string | Uint8Array {
  return typeof data === 'string' || data instanceof Uint8Array
}

/** Other data come from no tab or worker of ours, or from a later version. */
export function isNotice(data: unknown): data is Notice {
  return typeof data === 'object' && data !== null && 'kind' in data
}
