// WAMP over WebSocket, over the socket that the platform has. It comes from `#websocket`.

import { causeText, openMessageSocket } from '#websocket'
import type { MessageSocketOwner } from './message-socket.ts'
import { receiveOver, transportOver } from './socket-transport.ts'
import type { ClientTransport, OpenTransportOptions } from './transport.ts'
import { ConnectError } from './transport.ts'

/**
 * Opens a connection and agrees on the serializer (specification: "WebSocket Transport").
 * @throws {ConnectError} when the connection could not be opened
 */
export async function openWebSocket(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
  const { serializer, signal } = options
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    let cause: unknown
    const abandon = (): void => {
      reject(signal.reason as Error)
      socket.destroy()
    }
    const fail = (): void => {
      signal.removeEventListener('abort', abandon)
      const place = new URL(url)
      reject(new ConnectError('TL_CONNECT_FAILED', `no connection to ${place.origin}${causeText(cause, place)}`, { cause }))
    }
    // It listens from the start, so that a message in the same turn as the opening is not lost.
    const owner: MessageSocketOwner = {
      onOpen(protocol) {
        signal.removeEventListener('abort', abandon)
        if (protocol === serializer.subprotocol) return resolve(transport)
        reject(new ConnectError('TL_CONNECT_FAILED', `no agreement on ${serializer.subprotocol}`))
        socket.destroy()
      },
      onMessage: (message) => receiveOver(transport, message, serializer),
      onError(error) {
        cause = error
        fail()
      },
      onClose(code, reason, wasClean) {
        fail()
        transport.end({ wasClean, code, reason, error: cause })
      },
    }
    const socket = openMessageSocket(url, serializer.subprotocol, options, owner)
    const transport = transportOver(socket, serializer)
    signal.addEventListener('abort', abandon, { once: true })
  })
}
