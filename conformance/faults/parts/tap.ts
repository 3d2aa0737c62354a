// A connection of a client that records every message. Changes none.

import type { ClientTransport, OpenTransportOptions, TransportOwner } from '@trunkline/client'
import type { Message } from '@trunkline/protocol'
import { messageToArray } from '@trunkline/protocol'
import { openTransport } from '../../../packages/client/src/transports/open-transport.ts'
import type { Recorder } from '../record.ts'

/** Opens a connection as the client does by itself. */
export async function openTapped(url: string, options: OpenTransportOptions, recorder: Recorder): Promise<ClientTransport> {
  return new Tap(await openTransport(url, options), recorder)
}

class Tap implements ClientTransport {
  readonly #inner: ClientTransport
  readonly #recorder: Recorder

  constructor(inner: ClientTransport, recorder: Recorder) {
    this.#inner = inner
    this.#recorder = recorder
  }

  attach(owner: TransportOwner): void {
    this.#inner.attach({
      onMessage: (message) => {
        this.#note('<', message)
        owner.onMessage(message)
      },
      onProtocolError: (error) => owner.onProtocolError(error),
      onClose: (info) => {
        this.#recorder.write([Date.now(), 'end'])
        owner.onClose(info)
      },
    })
  }

  send(message: Message): void {
    this.#note('>', message)
    this.#inner.send(message)
  }

  close(): void {
    this.#inner.close()
  }

  destroy(): void {
    if (this.#inner.destroy === undefined) this.#inner.close()
    else this.#inner.destroy()
  }

  #note(what: '<' | '>', message: Message): void {
    this.#recorder.write([Date.now(), what, messageToArray(message)])
  }
}
