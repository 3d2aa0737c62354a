// The worker's connection to the router: for its own client a transport like any other; once a session is open, tabs share that.

import type { Message } from '@trunkline/protocol'
import { ABORT, GOODBYE, WELCOME } from '@trunkline/protocol'
import type { ChannelBinding, ClientTransport, TransportOwner } from '../transports/transport.ts'
import type { Peer } from './shared-session.ts'
import { SharedSession } from './shared-session.ts'

/** An open session that tabs may join. */
export interface Shared {
  readonly id: number
  readonly session: SharedSession
  /** The Details of WELCOME. */
  readonly details: Readonly<Record<string, unknown>>
}

export class SharedTransport implements ClientTransport {
  readonly #transport: ClientTransport
  #owner: TransportOwner | undefined
  #shared: Shared | undefined
  /** The session of the worker's own client. */
  readonly #own: Peer = { receive: (message) => this.#owner?.onMessage(message) }

  constructor(transport: ClientTransport) {
    this.#transport = transport
  }

  /** Undefined until WELCOME. */
  get shared(): Shared | undefined {
    return this.#shared
  }

  get isOpen(): boolean {
    return this.#transport.isOpen !== false
  }

  attach(owner: TransportOwner): void {
    const isFirst = this.#owner === undefined
    this.#owner = owner
    if (!isFirst) return
    this.#transport.attach({
      onMessage: (message) => this.#receive(message),
      onProtocolError: (error) => this.#owner?.onProtocolError(error),
      onClose: (info) => this.#owner?.onClose(info),
    })
  }

  send(message: Message): void {
    const isOfSession = message.type === GOODBYE || message.type === ABORT
    if (this.#shared === undefined || isOfSession) this.#transport.send(message)
    else this.#shared.session.send(this.#own, message)
  }

  limit(octets: number): void {
    this.#transport.limit?.(octets)
  }

  close(): void {
    this.#transport.close()
  }

  destroy(): void {
    if (this.#transport.destroy === undefined) this.#transport.close()
    else this.#transport.destroy()
  }

  channelBinding(type: ChannelBinding): Uint8Array | undefined {
    return this.#transport.channelBinding?.(type)
  }

  #receive(message: Message): void {
    if (message.type === WELCOME && this.#shared === undefined) {
      const session = new SharedSession((each) => this.#transport.send(each), message.details)
      session.join(this.#own)
      this.#shared = { id: message.session, session, details: message.details }
    }
    if (this.#shared?.session.receive(message) !== true) this.#owner?.onMessage(message)
  }
}
