// Autobahn|JS (npm `autobahn`).

import type { Session } from 'autobahn'
import autobahn from 'autobahn'
import type { OpenEnds } from './ends.ts'
import { PROCEDURE, REALM, TOPIC } from './ends.ts'

type Connection = InstanceType<typeof autobahn.Connection>

export const openEnds: OpenEnds = async (url, onEvent) => {
  const [calling, caller] = await open(url)
  const [answering, callee] = await open(url)
  await callee.register(PROCEDURE, (args) => Number(args?.[0]) + 1)
  await callee.subscribe(TOPIC, (args) => onEvent(args?.[0]))
  return {
    call: (count) => caller.call(PROCEDURE, [count]),
    publish: (count) => void caller.publish(TOPIC, [count]),
    close: () => Promise.all([closed(calling), closed(answering)]),
  }
}

function open(url: string): Promise<[Connection, Session]> {
  return new Promise((resolve, reject) => {
    const transports = [{ type: 'websocket', url, serializers: [new autobahn.serializer.JSONSerializer()] }]
    const connection = new autobahn.Connection({ realm: REALM, transports, max_retries: 0 })
    connection.onopen = (session) => resolve([connection, session])
    connection.onclose = (reason) => {
      reject(new Error(reason))
      return true
    }
    connection.open()
  })
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.onclose = () => {
      resolve()
      return true
    }
    connection.close()
  })
}
