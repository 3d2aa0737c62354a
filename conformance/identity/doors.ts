// Sessions through each of the router's listeners, and their end. Judges nothing.

import type { AuthMethod, ClientSerializer, Session } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'
import type { User } from './users.ts'

/** A transport with a serializer. */
export interface Door {
  readonly name: string
  readonly url: string
  readonly serializer: ClientSerializer | undefined
}

export class Doors {
  readonly all: readonly Door[]
  readonly #sessions = new Set<Session>()
  #turn = 0

  constructor(webSocket: string, rawSocket: string) {
    this.all = [webSocket, rawSocket].flatMap((url) => [
      { name: `${url.slice(0, 2)}.json`, url, serializer: undefined },
      { name: `${url.slice(0, 2)}.msgpack`, url, serializer: msgpack() },
      { name: `${url.slice(0, 2)}.cbor`, url, serializer: cbor() },
    ])
  }

  /** Opens a session, anonymous without a user, through one listener after the other unless one is named. */
  async join(user?: User, door: Door | undefined = this.all[this.#turn++ % this.all.length], realm = 'realm1'): Promise<Session> {
    return this.login(user?.authid, user?.auth, door, realm)
  }

  async login(authid: string | undefined, auth: AuthMethod | undefined, door = this.all[0], realm = 'realm1'): Promise<Session> {
    const session = await openSession({ url: door?.url, serializer: door?.serializer, realm, authid, auth, openTimeoutMs: 30_000 })
    this.#sessions.add(session)
    void session.closed.then(() => this.#sessions.delete(session))
    return session
  }

  async leave(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.leave()))
  }
}
