// The WebSocket of browsers, workers and other platforms than Node. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { OpenMessageSocket } from './message-socket.ts'

/** Opens the platform's WebSocket. The platform decides about certificates, headers and proxies. */
export const openMessageSocket: OpenMessageSocket = (url, protocol, { tls, headers, httpAgent }, owner) => {
  if (tls ?? headers ?? httpAgent) throw new UsageError('tls, headers and httpAgent need Node')
  const socket = new WebSocket(url, protocol)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => owner.onOpen(socket.protocol)
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    owner.onMessage(typeof data === 'string' ? data : new Uint8Array(data))
  socket.onerror = (event) => owner.onError((event as { error?: unknown }).error)
  socket.onclose = ({ code, reason, wasClean }) => owner.onClose(code, reason, wasClean)
  return {
    get isOpen() {
      return socket.readyState === 1
    },
    send: (message) => socket.send(message),
    close: () => socket.close(1000),
    destroy: () => socket.close(),
  }
}

/** The reason of a failed connection, which a browser does not disclose. */
export function causeText(_cause: unknown, _url: URL): string {
  return ''
}
