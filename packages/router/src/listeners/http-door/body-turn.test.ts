// Shows that bodies of requests take turns with all else that the router reads, with a door whose event loop the test holds in its hand.

import { PassThrough } from 'node:stream'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Message } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer, HELLO, PUBLISH, WELCOME } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { Transport } from '../../core/ports/index.ts'
import { Entrance } from '../entrance.ts'
import { ReadTurns } from '../read-turns.ts'
import { HttpDoor } from './http-door.ts'

const formats = { json: createJsonSerializer(), msgpack: createMsgpackSerializer(), cbor: createCborSerializer() }
const LONG = JSON.stringify(['x'.repeat(5_000)])

/** A door, and a router that lets everybody in and takes a while for each message. */
class Scene {
  #now = 0
  readonly #next: (() => void)[] = []
  /** The publications that have reached the router. */
  published = 0
  readonly #door = new HttpDoor(
    { path: '/api', realm: 'realm1' },
    {
      accept: (transport) => this.#accept(transport),
      onError: (error) => {
        throw error
      },
      entrance: new Entrance({}, '/tmp/a'),
      turns: new ReadTurns({ now: () => this.#now, nextTurn: (run) => void this.#next.push(run) }),
    },
    { arrivals: { setKnown() {} }, turns: { setKnown() {} }, answers: { owesEarlier: () => false }, formats },
  )

  /** A request whose body has come whole. */
  publish(body: string): void {
    const request = new PassThrough().end(body) as unknown as IncomingMessage
    const headers = { 'content-type': 'application/json' }
    Object.assign(request, { headers, rawHeaders: [], method: 'POST', url: '/api/publish/com.example.a', socket: {} })
    const response = new PassThrough().resume() as unknown as ServerResponse
    this.#door.handle(request, response)
  }

  /** The event loop goes on to its next turn. */
  turn(): void {
    for (const run of this.#next.splice(0)) run()
  }

  #accept(transport: Transport) {
    const send = (message: Message): void => transport.send(formats[transport.serializer].encode(message))
    return {
      holder: 'somebody',
      onMessage: (bytes: Uint8Array) => {
        const { type } = formats[transport.serializer].decode(bytes)
        if (type === HELLO) send({ type: WELCOME, session: 1, details: {} })
        if (type !== PUBLISH) return
        this.published++
        this.#now += 10
      },
      onWrongKind() {},
      onDrain() {},
      onClose() {},
    }
  }
}

/** All that is known to come in this turn has come. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))

describe('bodies of requests', () => {
  it('are decoded and routed one in each turn of the event loop where they take long, however many end at once', async () => {
    const scene = new Scene()
    for (let i = 0; i < 4; i++) scene.publish(LONG)
    await settled()
    const seen = [scene.published]
    while (scene.published < 4) {
      scene.turn()
      seen.push(scene.published)
    }
    expect(seen).toEqual([1, 2, 3, 4])
  })
})
