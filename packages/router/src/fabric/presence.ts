// The sessions of other nodes in one realm, by id and by node.

import type { RemoteSession } from '../core/index.ts'
import type { JoinFrame } from './frames.ts'

/** A session of another node, with what its node said of it. */
export interface PresentSession extends RemoteSession {
  /** What it announced as a callee and as a subscriber. */
  readonly features: readonly string[]
}

export class Presence {
  readonly #sessions = new Map<number, PresentSession>()
  readonly #byNode = new Map<string, Set<number>>()
  /** Changes whenever a session is added or removed. */
  version = 0

  /** All sessions of other nodes, by id. */
  get sessions(): ReadonlyMap<number, PresentSession> {
    return this.#sessions
  }

  /** A session of a node has joined. One that is known already keeps its place. */
  join(node: string, { session, authid, authrole, authmethod, authprovider, transport, features }: JoinFrame): void {
    const identity = { authid, authrole, authmethod, authprovider }
    this.version++
    this.#sessions.set(session, { id: session, identity, transport: kindOf(transport), node, features })
    const ofNode = this.#byNode.get(node)
    if (ofNode === undefined) this.#byNode.set(node, new Set([session]))
    else ofNode.add(session)
  }

  /** A session of a node has left. Returns it; undefined where it was not there. */
  leave(node: string, id: number): PresentSession | undefined {
    const ofNode = this.#byNode.get(node)
    if (ofNode?.delete(id) !== true) return undefined
    if (ofNode.size === 0) this.#byNode.delete(node)
    const session = this.#sessions.get(id)
    this.#sessions.delete(id)
    this.version++
    return session
  }

  /** Removes all sessions of a node, and returns them in the order in which they joined. */
  forget(node: string): PresentSession[] {
    const left: PresentSession[] = []
    for (const id of this.#byNode.get(node) ?? []) {
      const session = this.#sessions.get(id)
      if (session !== undefined) left.push(session)
      this.#sessions.delete(id)
    }
    this.#byNode.delete(node)
    this.version++
    return left
  }
}

/** A node of a later version may have kinds that this one does not know. */
function kindOf(transport: string): RemoteSession['transport'] {
  return KINDS.find((kind) => kind === transport) ?? 'local'
}

const KINDS = ['websocket', 'rawsocket', 'longpoll', 'http', 'local'] as const
