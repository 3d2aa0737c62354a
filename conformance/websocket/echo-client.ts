// An echo made of the WebSockets that our client opens in Node: runs every case of a suite that is the server.
// Usage: echo-client.ts URL-OF-THE-SUITE. Speaks no WAMP.

import { openMessageSocket } from '../../packages/client/src/transports/websocket-node.ts'

const AGENT = 'trunkline'

/** Opens a connection as the client does, sends every message back, and resolves with the last one when the connection has ended. */
function echo(url: string): Promise<string> {
  let last = ''
  return new Promise((resolve) => {
    // The suite knows no subprotocol, so none is asked for.
    const socket = openMessageSocket(
      url,
      undefined,
      {},
      {
        onOpen: () => undefined,
        onMessage(message) {
          if (typeof message === 'string') last = message
          socket.send(typeof message === 'string' ? message : message.slice())
        },
        // The cases break connections on purpose; `onClose` follows.
        onError: () => undefined,
        onClose: () => resolve(last),
      },
    )
  })
}

const [suite = 'ws://127.0.0.1:9001'] = process.argv.slice(2)
const cases = Number(await echo(`${suite}/getCaseCount`))
if (!(cases > 0)) throw new Error(`${suite} says that it has ${cases} cases`)
for (let number = 1; number <= cases; number++) await echo(`${suite}/runCase?case=${number}&agent=${AGENT}`)
await echo(`${suite}/updateReports?agent=${AGENT}`)
console.log(`${cases} cases run`)
