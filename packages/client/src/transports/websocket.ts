// WAMP over WebSocket, by the interface that browsers and Node share. The constructor comes from
// `#websocket`.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import { causeText, webSocketClass } from '#websocket'
import { EncodedTransport } from './encoded-transport.ts'
import type { ClientSerializer, ClientTransport, OpenTransportOptions, Wire } from './transport.ts'
import { ConnectError } from './transport.ts'
import type { AnyWebSocket } from './websocket-class.ts'

/**
 * Opens a connection and agrees on the serializer (specification: "WebSocket Transport").
 * @throws {ConnectError} when the connection could not be opened
 */
export async function openWebSocket(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
  const create = await webSocketClass(options)
  options.signal.throwIfAborted()
  const socket = create(url, options.serializer.subprotocol)
  socket.binaryType = 'arraybuffer'
  const transport = new EncodedTransport(
    options.serializer.overWebSocket?.createWire(socket) ?? new WebSocketWire(socket, options.serializer),
    () => socket.readyState === 1,
  )
  await opened(socket, transport, options)
  return transport
}

/** Listens from the start, so that a message in the same turn as the opening is not lost. */
function opened(socket: AnyWebSocket, transport: EncodedTransport, options: OpenTransportOptions): Promise<void> {
  const { serializer, signal } = options
  return new Promise((resolve, reject) => {
    let cause: unknown
    const abandon = (): void => {
      reject(signal.reason as Error)
      destroy(socket)
    }
    const fail = (): void => {
      signal.removeEventListener('abort', abandon)
      const url = new URL(socket.url)
      reject(new ConnectError('TL_CONNECT_FAILED', `no connection to ${url.origin}${causeText(cause, url)}`, { cause }))
    }
    signal.addEventListener('abort', abandon, { once: true })
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', abandon)
      if (socket.protocol === serializer.subprotocol) return resolve()
      reject(new ConnectError('TL_CONNECT_FAILED', `no agreement on ${serializer.subprotocol}`))
      destroy(socket)
    })
    socket.addEventListener('message', (event: MessageEvent<unknown>) => receive(transport, event.data, serializer))
    socket.addEventListener('error', (event) => {
      cause = (event as { error?: unknown }).error
      // Some versions of Node send no `close` after a failed connection.
      fail()
    })
    socket.addEventListener('close', ({ code, reason, wasClean }) => {
      fail()
      transport.end({ wasClean, code, reason, error: cause })
    })
  })
}

function receive(transport: EncodedTransport, data: unknown, serializer: ClientSerializer): void {
  if ((typeof data === 'string') === serializer.isBinary) return transport.fail(wrongKind(data, serializer))
  if (serializer.overWebSocket !== undefined) return serializer.overWebSocket.receive(transport, data as string | ArrayBuffer)
  transport.receive(() => {
    if (typeof data !== 'string') return serializer.decode(new Uint8Array(data as ArrayBuffer))
    return serializer.decodeText?.(data) ?? serializer.decode(new TextEncoder().encode(data))
  })
}

function wrongKind(data: unknown, { subprotocol }: ClientSerializer): ProtocolError {
  return new ProtocolError(`${subprotocol} does not use ${typeof data === 'string' ? 'text' : 'binary'} messages`)
}

class WebSocketWire implements Wire {
  readonly #socket: AnyWebSocket
  readonly encode: (message: Message) => string | Uint8Array<ArrayBuffer>

  constructor(socket: AnyWebSocket, serializer: ClientSerializer) {
    this.#socket = socket
    this.encode = encoderOf(serializer)
  }

  send(encoded: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(encoded)
  }

  close(): void {
    this.#socket.close(1000)
  }

  destroy(): void {
    destroy(this.#socket)
  }
}

/** Copies the octets, which may be valid only until the serializer's next call. */
function encoderOf(serializer: ClientSerializer): (message: Message) => string | Uint8Array<ArrayBuffer> {
  if (serializer.encodeText !== undefined) return serializer.encodeText
  if (serializer.isBinary) return (message) => serializer.encode(message).slice()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return (message) => decoder.decode(serializer.encode(message))
}

function destroy(socket: AnyWebSocket): void {
  return socket.terminate === undefined ? socket.close() : socket.terminate()
}
