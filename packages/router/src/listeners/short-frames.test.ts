// Shows that frames without a message are work too: a connection that sends many takes turns.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { rawSocketRequest } from '@trunkline/protocol'
import { afterEach, expect, it } from 'vitest'
import { webSocketFrame } from '../testing/bare-clients.ts'
import { RecordingOwner, REQUEST } from '../testing/websocket-scene.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, ListenerOptions } from './listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'
import { ReadTurns } from './read-turns.ts'

const PLACE = { host: '127.0.0.1', port: 0 }
const UPGRADE = `${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`
const NOTHING = new Uint8Array(0)
const repeated = (frame: Uint8Array): Buffer => Buffer.concat(Array.from({ length: 100 }, () => frame))
const overHttp = (options: ListenerOptions): Promise<Listener> => createHttpListener({ ...PLACE, ...options })
const overRawSocket = (options: ListenerOptions): Promise<Listener> => createRawSocketListener({ listen: PLACE, ...options })

let listener: Listener
let socket: Socket
afterEach(async () => {
  socket.destroy()
  listener.closeAll()
  await listener.close()
})

const PONGS = repeated(webSocketFrame(0x8a, NOTHING))
const FRAGMENTS = Buffer.concat([webSocketFrame(0x01, NOTHING), repeated(webSocketFrame(0x00, NOTHING))])

it.each([
  ['PONGs', overHttp, UPGRADE, PONGS],
  ['empty fragments', overHttp, UPGRADE, FRAGMENTS],
  ['PONGs of RawSocket', overRawSocket, rawSocketRequest('json', 15), repeated(Buffer.of(2, 0, 0, 0))],
] as const)('many %s in one chunk take more than one turn', async (_, listen, opening, frames) => {
  const { waits } = await open(listen, opening)
  socket.write(frames)
  expect(await waits).toBe('waits')
})

it.each([
  ['PONGs', PONGS],
  ['empty fragments', FRAGMENTS],
  ['messages', repeated(webSocketFrame(0x81, NOTHING))],
  ['messages of the wrong kind', repeated(webSocketFrame(0x82, NOTHING))],
] as const)('many %s take turns also on a WebSocket that the router has closed', async (_, frames) => {
  const { waits, owner } = await open(overHttp, UPGRADE)
  owner.transport.close('normal')
  socket.write(frames)
  expect(await waits).toBe('waits')
})

/** Opens a connection that waits for a turn after a few frames. */
async function open(listen: typeof overHttp, opening: string | Uint8Array): Promise<{ waits: Promise<string>; owner: RecordingOwner }> {
  let now = 0
  // Each look at the clock finds a slice over.
  const turns = new ReadTurns({ now: () => (now += 10), nextTurn: (goOn) => void setImmediate(goOn) })
  const waits = new Promise<string>((resolve) => {
    const add = turns.add.bind(turns)
    turns.add = (turn) => {
      resolve('waits')
      add(turn)
    }
  })
  const onError = (error: unknown): never => {
    throw error
  }
  const accepted = new Promise<RecordingOwner>((resolve) => {
    const accept: ListenerOptions['accept'] = (transport) => {
      const owner = new RecordingOwner(transport)
      resolve(owner)
      return owner
    }
    void listen({ accept, turns, onError }).then((made) => {
      listener = made
      socket = connect({ ...PLACE, port: Number(new URL(made.address.replace(/^\w+:/, 'http:')).port) })
      socket.write(opening)
    })
  })
  const owner = await accepted
  await once(socket, 'data')
  return { waits, owner }
}
