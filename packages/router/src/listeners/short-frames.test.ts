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

it.each([
  ['PONGs', overHttp, UPGRADE, repeated(webSocketFrame(0x8a, NOTHING))],
  ['empty fragments', overHttp, UPGRADE, Buffer.concat([webSocketFrame(0x01, NOTHING), repeated(webSocketFrame(0x00, NOTHING))])],
  ['PONGs of RawSocket', overRawSocket, rawSocketRequest('json', 15), repeated(Buffer.of(2, 0, 0, 0))],
] as const)('many %s in one chunk take more than one turn', async (_, listen, opening, frames) => {
  let now = 0
  // Each look at the clock finds a slice over.
  const turns = new ReadTurns({ now: () => (now += 10), nextTurn: (goOn) => void setImmediate(goOn) })
  const begun = new Promise<string>((resolve) => {
    const add = turns.add.bind(turns)
    turns.add = (turn) => {
      resolve('waits')
      add(turn)
    }
  })
  const fail = (error: unknown): never => {
    throw error
  }
  listener = await listen({ accept: (transport) => new RecordingOwner(transport), turns, onError: fail })
  socket = connect({ ...PLACE, port: Number(new URL(listener.address.replace(/^\w+:/, 'http:')).port) })
  socket.write(opening)
  await once(socket, 'data')
  socket.write(frames)
  expect(await begun).toBe('waits')
})
