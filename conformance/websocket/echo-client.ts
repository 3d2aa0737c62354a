// An echo made of the WebSockets that our client opens in Node: runs every case of a suite that is the server.
// Usage: echo-client.ts URL-OF-THE-SUITE. Speaks no WAMP.

import { webSocketClass } from '../../packages/client/src/transports/websocket-node.ts'

const AGENT = 'trunkline'

/** Opens a connection as the client does, sends every message back, and resolves with the last one when the connection has ended. */
async function echo(url: string): Promise<string> {
  const create = await webSocketClass({})
  // The suite knows no subprotocol, so none is asked for.
  const socket = (create as (url: string) => WebSocket)(url)
  socket.binaryType = 'arraybuffer'
  let last = ''
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') last = data
      socket.send(data)
    })
    // The cases break connections on purpose; `close` follows.
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', () => resolve(last))
  })
}

const [suite = 'ws://127.0.0.1:9001'] = process.argv.slice(2)
const cases = Number(await echo(`${suite}/getCaseCount`))
if (!(cases > 0)) throw new Error(`${suite} says that it has ${cases} cases`)
for (let number = 1; number <= cases; number++) await echo(`${suite}/runCase?case=${number}&agent=${AGENT}`)
await echo(`${suite}/updateReports?agent=${AGENT}`)
console.log(`${cases} cases run`)
