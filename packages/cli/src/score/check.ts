// What a check is, and what it has: new connections and sessions, and URIs that no other check uses.

import { randomBytes } from 'node:crypto'
import type { AuthMethod } from '@trunkline/client'
import type { SerializerName } from '@trunkline/protocol'
import { AUTHENTICATE, CHALLENGE, HELLO, WELCOME } from '@trunkline/protocol'
import { CLIENT_ROLES } from './roles.ts'
import type { List } from './peer.ts'
import { Peer, Unexpected } from './peer.ts'
import type { WirePlace } from './wire.ts'

/** How binding what a check looks at is: by the specification, by its advice, or where it is silent and we have decided. */
export type Weight = 'required' | 'advised' | 'open'

export interface Check {
  /** The rows of docs/conformance.md that it looks at. */
  readonly ids: readonly string[]
  readonly title: string
  /** Default: required. */
  readonly weight?: Weight
  /** The feature that the router has to announce, such as `dealer.call_canceling`. */
  readonly needs?: string
  /** @throws {Unexpected} (rejects) when the router does something else */
  readonly run: (stage: Stage) => Promise<void>
}

/** The checks of one subject. */
export interface Group {
  readonly name: string
  readonly profile: 'basic' | 'advanced'
  readonly checks: readonly Check[]
}

export interface StageOptions {
  readonly place: WirePlace
  readonly realm: string
  readonly serializer: SerializerName
  readonly prefix: string
  readonly patienceMs: number
  readonly authid: string | undefined
  readonly auth: AuthMethod | undefined
}

export interface Joining {
  readonly serializer?: SerializerName
  readonly roles?: Readonly<Record<string, unknown>>
}

/** What one check uses; everything ends with it. */
export class Stage {
  readonly options: StageOptions
  readonly #peers: Peer[] = []

  constructor(options: StageOptions) {
    this.options = options
  }

  /** A URI of its own. */
  uri(name = 'x'): string {
    return `${this.options.prefix}.x${randomBytes(5).toString('hex')}.${name}`
  }

  /** A connection without a session. */
  async connect(serializer: SerializerName = this.options.serializer): Promise<Peer> {
    const peer = new Peer(serializer, this.options.patienceMs)
    this.#peers.push(peer)
    await peer.connect(this.options.place)
    return peer
  }

  /** A session. */
  async join({ serializer, roles = CLIENT_ROLES }: Joining = {}): Promise<Peer> {
    const peer = await this.connect(serializer)
    const attempt = await this.options.auth?.start({ authid: this.options.authid, channelBinding: () => undefined })
    peer.send(HELLO, this.options.realm, this.#details(roles, attempt))
    for (;;) {
      const answer = await peer.next()
      if (answer?.[0] === WELCOME) {
        peer.session = Number(answer[1])
        peer.details = answer[2] as Peer['details']
        return peer
      }
      if (answer?.[0] !== CHALLENGE || attempt === undefined) throw new Unexpected(`no session: ${JSON.stringify(answer)}`)
      const given = await attempt.answer({ method: String(answer[1]), extra: answer[2] as never })
      const { signature, extra = {} } = typeof given === 'string' ? { signature: given } : given
      peer.send(AUTHENTICATE, signature, extra)
    }
  }

  /** Several sessions. */
  joinMany(count: number): Promise<Peer[]> {
    return Promise.all(Array.from({ length: count }, () => this.join()))
  }

  end(): void {
    for (const peer of this.#peers) peer.cut()
  }

  #details(roles: object, attempt: { readonly authid?: string | undefined; readonly authextra?: object | undefined } | undefined) {
    const { auth, authid = attempt?.authid } = this.options
    return {
      roles,
      ...(authid === undefined ? {} : { authid }),
      ...(auth === undefined ? {} : { authmethods: [auth.name] }),
      ...(attempt?.authextra === undefined ? {} : { authextra: attempt.authextra }),
    }
  }
}

/** The payload of a message, from an element on, as `[args, kwargs]`. */
export function payloadFrom(list: List, at: number): [unknown, unknown] {
  return [list[at] ?? [], list[at + 1] ?? {}]
}
