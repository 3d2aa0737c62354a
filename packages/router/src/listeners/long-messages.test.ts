// Shows that a long message waits for its turn before it is handed on, over each transport, with all that comes behind it.

import { afterEach, describe, expect, it } from 'vitest'
import type { BareClient } from '../testing/bare-clients.ts'
import { BARE_CLIENTS } from '../testing/bare-clients.ts'
import { RecordingOwner } from '../testing/websocket-scene.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, ListenerOptions } from './listener.ts'
import { ReadTurns } from './read-turns.ts'

const LONG = ['x'.repeat(3_000)]

let listener: Listener
let client: BareClient
let owner: RecordingOwner
let nextTurns: (() => void)[]
/** Resolves when the connection waits for a turn. */
let waits: Promise<void>

afterEach(async () => {
  await client.leave()
  listener.closeAll()
  await listener.close()
})

/** A connection in a turn of the event loop whose slice others have used up; the next turns come when the test says so. */
async function open(connect: (port: number) => Promise<BareClient>): Promise<void> {
  nextTurns = []
  let now = 0
  const turns = new ReadTurns({ now: () => now, nextTurn: (goOn) => void nextTurns.push(goOn) })
  waits = new Promise((resolve) => {
    const add = turns.add.bind(turns)
    turns.add = (turn, isLong) => {
      add(turn, isLong)
      resolve()
    }
  })
  const accept: ListenerOptions['accept'] = (transport) => (owner = new RecordingOwner(transport))
  const onError = (error: unknown): never => {
    throw error
  }
  listener = await createHttpListener({ host: '127.0.0.1', port: 0, rawSocket: true, longPoll: { path: '/lp' }, accept, turns, onError })
  client = await connect(Number(new URL(listener.address).port))
  turns.enter()
  now = 10
}

const lengths = (): number[] => owner.messages.map(({ length }) => length)

describe.each(BARE_CLIENTS)('a long message as %s', (_, connect) => {
  it('is handed on in a later turn, before what came behind it', async () => {
    await open(connect)
    client.say([1], LONG, [2])
    await waits
    expect(lengths()).not.toContain(3_004)
    for (let turn = 0; turn < 5; turn++) for (const goOn of nextTurns.splice(0)) goOn()
    await owner.has('message', 3)
    expect(lengths()).toEqual([3, 3_004, 3])
  })
})
