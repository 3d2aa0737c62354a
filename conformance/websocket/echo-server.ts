// An echo made of the router's own WebSocket transport: what the public conformance suites talk to.
// Usage: echo-server.ts [PORT]. Never used in production: it accepts clients without a WAMP subprotocol.

import { isUtf8 } from 'node:buffer'

import { createHttpListener } from '../../packages/router/src/listeners/http-server.ts'
import { WebSocketConnection } from '../../packages/router/src/listeners/websocket.ts'
import type { Transport, TransportOwner } from '../../packages/router/src/core/ports/index.ts'

function echo(transport: Transport): TransportOwner {
  if (!(transport instanceof WebSocketConnection)) throw new TypeError('the echo is for WebSocket only')
  return {
    onMessage(message) {
      const isText = transport.receivedText
      if (isText && !isUtf8(message)) transport.close('invalid_text')
      else transport.sendKind(message.slice(), isText)
    },
    onWrongKind: () => transport.close('protocol_violation'),
    onDrain() {},
    onClose() {},
  }
}

const listener = await createHttpListener({
  host: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  accept: echo,
  onError: (error) => console.error(error),
  maxMessageBytes: 64 * 1024 * 1024,
  requireSubprotocol: false,
})
console.log(listener.address)
process.once('SIGTERM', () => {
  listener.closeAll()
  void listener.close()
})
