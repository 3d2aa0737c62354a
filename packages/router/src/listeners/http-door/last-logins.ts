// The session of the last request of each connection: while what its requests say of who they are from stays the same, nothing of that is
// read again. Most clients send all their requests on few connections.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { SerializerName } from '@trunkline/protocol'
import type { DoorSession } from './door-session.ts'

interface Last {
  readonly serializer: SerializerName
  /** The values of {@link SAID}. */
  readonly said: readonly unknown[]
  readonly session: DoorSession
}

/** The headers that a login depends on, besides the connection itself. */
const SAID = [
  'authorization',
  'cookie',
  'origin',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'forwarded',
] as const satisfies readonly (keyof IncomingHttpHeaders)[]

export class LastLogins {
  readonly #last = new WeakMap<Socket, Last>()

  /** The session of a request like the one before; undefined when that was another, or its session takes no more. */
  find({ socket, headers }: IncomingMessage, serializer: SerializerName): DoorSession | undefined {
    const last = this.#last.get(socket)
    if (last === undefined || last.serializer !== serializer || !last.session.takesRequests) return undefined
    for (let i = 0; i < SAID.length; i++) if (headers[SAID[i] ?? ''] !== last.said[i]) return undefined
    return last.session
  }

  note({ socket, headers }: IncomingMessage, serializer: SerializerName, session: DoorSession): void {
    this.#last.set(socket, { serializer, said: SAID.map((name) => headers[name]), session })
  }
}
