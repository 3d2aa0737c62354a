// Autobahn|JS (npm `autobahn`). Works around nothing in it.

import type { Registration, Session, Subscription } from 'autobahn'
import autobahn from 'autobahn'

import type {
  Calling,
  Details,
  Happened,
  JoinOptions,
  Login,
  PairedClient,
  PairedSession,
  Procedure,
  Registered,
  Values,
} from './client.ts'
import { LONG_TEXT, PeerError } from './client.ts'

type Connection = InstanceType<typeof autobahn.Connection>

export const autobahnJs: PairedClient = {
  bytes: (octets) => octets,
  tellsCallees: false,
  join: (options) =>
    new Promise((resolve, reject) => {
      const { realm, login } = options
      const key = login?.method === 'cryptosign' ? keyPairOf(login) : undefined
      const connection = new autobahn.Connection({
        realm,
        transports: [transportOf(options)],
        max_retries: 0,
        ...(login === undefined
          ? {}
          : {
              authid: login.authid,
              authmethods: [login.method],
              onchallenge: (_session: Session, _method: string, extra: Details) =>
                key === undefined ? answerTo(login, extra) : autobahn.auth_cryptosign.sign_challenge(key, extra),
            }),
        ...(key === undefined
          ? {}
          : { authextra: { pubkey: autobahn.auth_cryptosign.public_key(key), trustroot: null, challenge: null, channel_binding: null } }),
      })
      const closed = new Promise<string>((settle) => {
        connection.onclose = (reason, details) => {
          reject(new Error(`${reason}: ${details.reason ?? ''} ${details.message ?? ''}`))
          settle(reason)
          return true
        }
      })
      connection.onopen = (session, details) => resolve(new AutobahnJsSession(connection, session, details, closed))
      connection.open()
    }),
}

function transportOf({ url, serializer }: JoinOptions): object {
  const { hostname, port } = new URL(url.replace(/^rs:/, 'http:'))
  if (url.startsWith('rs:')) return { type: 'rawsocket', host: hostname, port: Number(port) }
  const { JSONSerializer, MsgpackSerializer, CBORSerializer } = autobahn.serializer
  const Serializer = serializer === 'msgpack' ? MsgpackSerializer : serializer === 'cbor' ? CBORSerializer : JSONSerializer
  return { type: 'websocket', url, serializers: [new Serializer()] }
}

/** Its own function for making a pair reads the browser's storage only; so the pair comes from its library, by a seed. */
function keyPairOf({ secret }: Login): object {
  return autobahn.nacl.sign.keyPair.fromSeed(Uint8Array.from(Buffer.from(secret, 'hex')))
}

function answerTo({ method, secret }: Login, { challenge, salt, iterations, keylen }: Details): string {
  if (method === 'ticket') return secret
  const key = typeof salt === 'string' ? autobahn.auth_cra.derive_key(secret, salt, Number(iterations), Number(keylen)) : secret
  return autobahn.auth_cra.sign(key, String(challenge))
}

class AutobahnJsSession implements PairedSession {
  readonly welcome: Details
  readonly id: number
  readonly #connection: Connection
  readonly #session: Session
  readonly over: Promise<string>
  readonly #registrations = new Map<string, Registration>()
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(connection: Connection, session: Session, welcome: Details, over: Promise<string>) {
    this.#connection = connection
    this.#session = session
    this.welcome = welcome
    this.id = session.id
    this.over = over
  }

  call(procedure: string, { args = [], kwargs = {} }: Partial<Values> = {}, options = {}, onProgress?: (values: Values) => void): Calling {
    const isProgressive = onProgress !== undefined
    const call = this.#session.call(procedure, args, kwargs, { ...options, ...(isProgressive ? { receive_progress: true } : {}) })
    // eslint-disable-next-line promise/valid-params -- a promise of when.js, which reports progress
    const answered = call.then(
      valuesOf,
      (error: unknown) => {
        throw peerErrorOf(error)
      },
      (progress) => onProgress?.(valuesOf(progress)),
    )
    return { result: answered, cancel: (mode) => call.cancel({ mode }) }
  }

  async register(procedure: string, handler: Procedure, options = {}): Promise<Registered> {
    const registration = await this.#session.register(
      procedure,
      async (args, kwargs, details) => {
        const progress = (values: readonly unknown[]): void => details?.progress?.(values)
        const canceled = new Promise<void>(() => undefined)
        try {
          const result = await handler({ args: args ?? [], kwargs: kwargs ?? {}, details: { ...details }, progress, canceled })
          return new autobahn.Result(result.args, result.kwargs)
        } catch (error) {
          throw error instanceof PeerError ? new autobahn.Error(error.uri, error.values.args, error.values.kwargs) : error
        }
      },
      options,
    )
    this.#registrations.set(procedure, registration)
    return { id: registration.id, revoked: Promise.resolve(registration.on_unregister).then(() => undefined) }
  }

  async unregister(procedure: string): Promise<void> {
    await this.#registrations.get(procedure)?.unregister()
  }

  async subscribe(topic: string, onEvent: (event: Happened) => void, options = {}): Promise<number> {
    const listener = (args: readonly unknown[] | undefined, kwargs: Details | undefined, details: object | undefined): void =>
      onEvent({ args: args ?? [], kwargs: kwargs ?? {}, details: { ...details } })
    const subscription = await this.#session.subscribe(topic, listener, options)
    this.#subscriptions.set(topic, subscription)
    return subscription.id
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#subscriptions.get(topic)?.unsubscribe()
  }

  async publish(topic: string, { args = [], kwargs = {} }: Partial<Values> = {}, options: Details = {}): Promise<number> {
    const published = await translated(Promise.resolve(this.#session.publish(topic, args, kwargs, { ...options, acknowledge: true })))
    return (published as { readonly id: number }).id
  }

  async publishMany(topic: string, count: number): Promise<void> {
    for (let i = 0; i < count - 1; i++) void this.#session.publish(topic, [i])
    await this.#session.publish(topic, [count - 1], {}, { acknowledge: true })
  }

  /** Its promise never settles: the library uses up the request id and never makes the message. */
  async failToSend(): Promise<void> {
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    void this.#session.call('interop.fail', cyclic)
    await new Promise(setImmediate)
  }

  async callLongThenShort(procedure: string): Promise<void> {
    await Promise.allSettled([this.#session.call(procedure, [LONG_TEXT]), this.#session.call(procedure, [1])])
  }

  async close(): Promise<void> {
    if (!this.#session.isOpen) return
    this.#connection.close()
    await this.over
  }
}

function valuesOf(result: unknown): Values {
  return result instanceof autobahn.Result ? result : { args: [result], kwargs: {} }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw peerErrorOf(error)
  }
}

function peerErrorOf(error: unknown): unknown {
  return error instanceof autobahn.Error ? new PeerError(error.error, error) : error
}
