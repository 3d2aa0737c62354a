// nats.js 3 (npm `@nats-io/transport-node`) against a NATS server: request and reply for calls, publish for events; JSON as its guide has it.

import type { Msg, NatsConnection } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'
import type { OpenEnds } from './ends.ts'
import { PROCEDURE, TOPIC } from './ends.ts'

export const openEnds: OpenEnds = async (url, onEvent) => {
  const [caller, callee] = await Promise.all([open(url), open(url)])
  callee.subscribe(PROCEDURE, { callback: (_, message) => void message.respond(JSON.stringify([first(message) + 1])) })
  callee.subscribe(TOPIC, { callback: (_, message) => onEvent(first(message)) })
  await callee.flush()
  return {
    call: async (count) => first(await caller.request(PROCEDURE, JSON.stringify([count]))),
    publish: (count) => caller.publish(TOPIC, JSON.stringify([count])),
    close: () => Promise.all([caller.close(), callee.close()]),
  }
}

function open(url: string): Promise<NatsConnection> {
  return connect({ servers: url, reconnect: false })
}

function first(message: Msg): number {
  return message.json<[number]>()[0]
}
