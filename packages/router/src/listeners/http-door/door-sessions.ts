// The sessions of a door by their logins: requests that say the same of who they are from share one, until it is idle or old.

import { createHash } from 'node:crypto'
import type { SerializerName } from '@trunkline/protocol'
import type { TransportInfo } from '../../core/ports/index.ts'
import { Connections } from '../connections.ts'
import type { ListenerOptions, Places } from '../listener.ts'
import { DEFAULT_MAX_MESSAGE_BYTES } from '../listener.ts'
import type { Formats } from './bodies.ts'
import type { Credentials } from './credentials.ts'
import type { SessionWatcher } from './door-session.ts'
import { DoorSession } from './door-session.ts'

export interface DoorSessionsOptions extends Pick<ListenerOptions, 'accept' | 'onError' | 'places' | 'maxMessageBytes' | 'maxConnections'> {
  readonly formats: Formats
  readonly idleMs: number
}

/** For all logins of a door together. One costs its client no socket. */
const MOST_SESSIONS = 10_000
/** A credential is judged again after this time, so that one that was changed does not live on. */
const LONGEST_MS = 300_000
const TICK_MS = 1_000

export class DoorSessions {
  readonly connections = new Connections([4 * TICK_MS])
  readonly #places: Places | undefined
  #options: DoorSessionsOptions
  readonly #byLogin = new Map<string, DoorSession>()

  constructor(options: DoorSessionsOptions) {
    this.#options = options
    this.#places = options.places?.(MOST_SESSIONS)
  }

  /** Changes the options for sessions to come; those of before take no further requests. */
  change(options: DoorSessionsOptions): void {
    this.#options = options
    for (const session of this.#byLogin.values()) session.retire()
  }

  /** The session of a login; undefined when there is no room for another. */
  of(realm: string, serializer: SerializerName, credentials: Credentials, info: TransportInfo): DoorSession | undefined {
    const key = keyOf(realm, serializer, credentials, info)
    const kept = this.#byLogin.get(key)
    if (kept?.takesRequests === true) return kept
    kept?.retire()
    return this.#make({ realm, serializer, credentials, info }, { key })
  }

  /** A session of its own for a stream of events; undefined when the listener has as many as it may have. */
  open(login: Login, watcher: SessionWatcher): DoorSession | undefined {
    if (this.connections.size >= (this.#options.maxConnections ?? Number.POSITIVE_INFINITY)) return undefined
    return this.#make(login, { watcher })
  }

  #make({ realm, serializer, credentials, info }: Login, { key, watcher }: Use): DoorSession | undefined {
    const { formats, accept, onError, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, idleMs } = this.#options
    // A stream has a socket, which is bounded elsewhere.
    const place = watcher === undefined ? this.#places?.(info.address) : undefined
    if (watcher === undefined && (place === undefined ? this.connections.size >= MOST_SESSIONS : 'limit' in place)) return undefined
    const session = new DoorSession({
      realm,
      format: formats[serializer],
      info,
      credentials,
      maxReceiveBytes: maxMessageBytes,
      until: performance.now() + LONGEST_MS,
      watcher,
      idleTicks: this.connections.ticks(idleMs),
      onEnd: () => {
        if (key !== undefined && this.#byLogin.get(key) === session) this.#byLogin.delete(key)
      },
      onGone: () => {
        this.connections.remove(session)
        if (place !== undefined && !('limit' in place)) place.leave()
      },
      onError,
    })
    if (key !== undefined) this.#byLogin.set(key, session)
    this.connections.add(session)
    session.begin(accept)
    return session
  }
}

/** Under which key requests share it, or whose it is alone. */
interface Use {
  readonly key?: string
  readonly watcher?: SessionWatcher
}

export interface Login {
  readonly realm: string
  readonly serializer: SerializerName
  readonly credentials: Credentials
  readonly info: TransportInfo
}

/** A digest of all that a login may judge: requests that differ in any of it have sessions of their own. */
function keyOf(realm: string, serializer: SerializerName, { authmethods, authid, secret }: Credentials, info: TransportInfo): string {
  const { address, isSecure, tls, origin, cookie, userAgent } = info
  const parts = [
    realm,
    serializer,
    authmethods,
    authid,
    secret,
    address,
    isSecure,
    tls?.clientCertificate?.sha256,
    origin,
    cookie,
    userAgent,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}
