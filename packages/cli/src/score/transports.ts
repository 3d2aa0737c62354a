// Checks of serializers and of WebSocket.

import type { SerializerName } from '@trunkline/protocol'
import { EVENT, HELLO, SUBSCRIBE, WELCOME } from '@trunkline/protocol'
import { PAYLOAD, published, subscribed } from './basic-events.ts'
import type { Check, Stage } from './check.ts'
import { payloadFrom } from './check.ts'
import type { Peer } from './peer.ts'
import { expectSame, expectThat } from './peer.ts'
import { CLIENT_ROLES } from './roles.ts'
import { openWebSocket } from './wire.ts'

const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

/** Sessions by each serializer that the router takes. */
async function joinAll(stage: Stage): Promise<Peer[]> {
  const peers = await Promise.all(SERIALIZERS.map((serializer) => stage.join({ serializer }).catch(() => undefined)))
  return peers.filter((peer) => peer !== undefined)
}

export const TRANSPORTS: readonly Check[] = [
  {
    ids: ['BP-SER-02'],
    title: 'takes more than one serializer',
    weight: 'advised',
    run: async (stage) => {
      const names = (await joinAll(stage)).map(({ serializer }) => serializer)
      expectThat(names.length > 1, `takes ${names.join(', ') || 'none'} only`)
    },
  },
  {
    ids: ['BP-SER-02', 'BP-SER-07'],
    title: 'converts payload between serializers to equal values',
    run: async (stage) => {
      const peers = await joinAll(stage)
      const uri = stage.uri()
      for (const peer of peers) await subscribed(peer, uri)
      for (const publisher of peers) {
        await published(publisher, uri, {}, ...PAYLOAD)
        for (const peer of peers.filter((each) => each !== publisher)) {
          const event = await peer.message(EVENT)
          expectSame(payloadFrom(event, 4), PAYLOAD, `${publisher.serializer} to ${peer.serializer}`)
        }
      }
    },
  },
  {
    ids: ['BP-TRN-05', 'BP-TRN-06', 'BP-TRN-07'],
    title: 'sends text for JSON, and binary messages for the others',
    run: async (stage) => {
      onlyWebSocket(stage)
      for (const { serializer, wasText } of await joinAll(stage)) expectSame(wasText, serializer === 'json', `text for ${serializer}`)
    },
  },
  {
    ids: ['BP-TRN-03'],
    title: 'takes a message in two fragments as one',
    run: async (stage) => {
      onlyWebSocket(stage)
      const peer = await stage.join()
      peer.sendFragmented(SUBSCRIBE, 1, {}, stage.uri())
      await peer.answer(SUBSCRIBE, 1)
    },
  },
  {
    ids: ['BP-TRN-04'],
    title: 'opens no session without a subprotocol of WAMP',
    run: async (stage) => {
      onlyWebSocket(stage)
      let isWelcome = false
      const owner = { onMessage: (octets: Uint8Array) => void (isWelcome ||= octets.includes(WELCOME)), onClose: () => undefined }
      const wire = await openWebSocket(stage.options.place, 'none.of.wamp', owner).catch(() => undefined)
      wire?.send(Buffer.from(JSON.stringify([HELLO, stage.options.realm, { roles: CLIENT_ROLES }])), true)
      await new Promise((resolve) => setTimeout(resolve, wire === undefined ? 0 : 200))
      wire?.cut()
      expectThat(!isWelcome, 'a session was opened')
    },
  },
]

/** A check that does not apply; it counts nowhere. */
export class NotApplicable extends Error {}

function onlyWebSocket(stage: Stage): void {
  if (!stage.options.place.url.protocol.startsWith('ws')) throw new NotApplicable('is for WebSocket')
}
