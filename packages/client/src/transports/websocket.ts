// WAMP over WebSocket, over the socket that the platform has. It comes from `#websocket`.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import { causeText, openMessageSocket } from '#websocket'
import { EncodedTransport } from './encoded-transport.ts'
import type { MessageSocket, MessageSocketOwner } from './message-socket.ts'
import type { ClientSerializer, ClientTransport, OpenTransportOptions, Wire } from './transport.ts'
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
      onMessage: (message) => receive(transport, message, serializer),
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
    const wire = serializer.overWebSocket?.createWire(socket) ?? wireOver(socket, serializer)
    const transport = new EncodedTransport(wire, () => socket.isOpen)
    signal.addEventListener('abort', abandon, { once: true })
  })
}

function receive(transport: EncodedTransport, message: string | Uint8Array, serializer: ClientSerializer): void {
  if ((typeof message === 'string') === serializer.isBinary) return transport.fail(wrongKind(message, serializer))
  if (serializer.overWebSocket !== undefined) return serializer.overWebSocket.receive(transport, message)
  transport.receive(() => {
    if (typeof message !== 'string') return serializer.decode(message)
    return serializer.decodeText?.(message) ?? serializer.decode(new TextEncoder().encode(message))
  })
}

function wrongKind(message: unknown, { subprotocol }: ClientSerializer): ProtocolError {
  return new ProtocolError(`${subprotocol} does not use ${typeof message === 'string' ? 'text' : 'binary'} messages`)
}

function wireOver(socket: MessageSocket, serializer: ClientSerializer): Wire {
  return {
    encode: encoderOf(serializer),
    send: (encoded) => socket.send(encoded as string | Uint8Array<ArrayBuffer>),
    close: () => socket.close(),
    destroy: () => socket.destroy(),
  }
}

/** Copies the octets, which may be valid only until the serializer's next call. */
function encoderOf(serializer: ClientSerializer): (message: Message) => string | Uint8Array<ArrayBuffer> {
  if (serializer.encodeText !== undefined) return serializer.encodeText
  if (serializer.isBinary) return (message) => serializer.encode(message).slice()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return (message) => decoder.decode(serializer.encode(message))
}
