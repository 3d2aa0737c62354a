// Messages over a socket of whole texts or octets: a WebSocket, or what behaves like one.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import { EncodedTransport } from './encoded-transport.ts'
import type { MessageSocket } from './message-socket.ts'
import type { ClientSerializer, Wire } from './transport.ts'

/** A transport over a socket, whose owner passes on what it receives by {@link receiveOver}, and its end. */
export function transportOver(socket: MessageSocket, serializer: ClientSerializer): EncodedTransport {
  return new EncodedTransport(serializer.overWebSocket?.createWire(socket) ?? wireOver(socket, serializer), () => socket.isOpen)
}

export function receiveOver(transport: EncodedTransport, message: string | Uint8Array, serializer: ClientSerializer): void {
  if ((typeof message === 'string') === serializer.isBinary) return transport.fail(wrongKind(message, serializer))
  if (serializer.overWebSocket !== undefined) return serializer.overWebSocket.receive(transport, message)
  if (typeof message !== 'string') transport.receive(message, (octets) => serializer.decode(octets))
  else transport.receive(message, serializer.decodeText ?? ((text) => serializer.decode(new TextEncoder().encode(text))))
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
