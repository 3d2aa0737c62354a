// Autobahn|JS (npm `autobahn`) as a peer. Works around nothing in it.

import type { Registration, Session, Subscription } from 'autobahn'
import autobahn from 'autobahn'

import type { ConnectOptions, Peer, PeerSession, Values } from './peer.ts'
import { LONG_TEXT, PeerError } from './peer.ts'

type Connection = InstanceType<typeof autobahn.Connection>

export const autobahnJs: Peer = {
  bytes: (octets) => octets,
  connect: (options) =>
    new Promise((resolve, reject) => {
      const connection = new autobahn.Connection({ realm: options.realm, transports: [transportOf(options)], max_retries: 0 })
      const closed = new Promise<void>((settle) => {
        connection.onclose = (reason, details) => {
          reject(new Error(`${reason}: ${details.reason ?? ''} ${details.message ?? ''}`))
          settle()
          return true
        }
      })
      connection.onopen = (session) => resolve(new AutobahnJsSession(connection, session, closed))
      connection.open()
    }),
}

/** The options of its connection for a URL and a serializer. */
export function transportOf({ url, serializer }: Pick<ConnectOptions, 'url' | 'serializer'>): object {
  const { hostname, port } = new URL(url.replace(/^rs:/, 'http:'))
  if (url.startsWith('rs:')) return { type: 'rawsocket', host: hostname, port: Number(port) }
  const { JSONSerializer, MsgpackSerializer, CBORSerializer } = autobahn.serializer
  const Serializer = serializer === 'msgpack' ? MsgpackSerializer : serializer === 'cbor' ? CBORSerializer : JSONSerializer
  return { type: 'websocket', url, serializers: [new Serializer()] }
}

class AutobahnJsSession implements PeerSession {
  readonly #connection: Connection
  readonly #session: Session
  readonly #closed: Promise<void>
  readonly #registrations = new Map<string, Registration>()
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(connection: Connection, session: Session, closed: Promise<void>) {
    this.#connection = connection
    this.#session = session
    this.#closed = closed
  }

  get id(): number {
    return this.#session.id
  }

  get isOpen(): boolean {
    return this.#session.isOpen
  }

  async register(procedure: string, handler: (values: Values) => Values): Promise<void> {
    const registration = await this.#session.register(procedure, (args, kwargs) => {
      try {
        const result = handler({ args: args ?? [], kwargs: kwargs ?? {} })
        return new autobahn.Result(result.args, result.kwargs)
      } catch (error) {
        throw error instanceof PeerError ? new autobahn.Error(error.uri, error.values.args, error.values.kwargs) : error
      }
    })
    this.#registrations.set(procedure, registration)
  }

  async unregister(procedure: string): Promise<void> {
    await this.#registrations.get(procedure)?.unregister()
  }

  async call(procedure: string, { args, kwargs }: Values): Promise<Values> {
    const result = await translated(this.#session.call(procedure, args, kwargs))
    return result instanceof autobahn.Result ? result : { args: [result], kwargs: {} }
  }

  async subscribe(topic: string, onEvent: (values: Values) => void): Promise<void> {
    const subscription = await this.#session.subscribe(topic, (args, kwargs) => onEvent({ args: args ?? [], kwargs: kwargs ?? {} }))
    this.#subscriptions.set(topic, subscription)
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#subscriptions.get(topic)?.unsubscribe()
  }

  async publish(topic: string, { args, kwargs }: Values, options: Readonly<Record<string, unknown>>): Promise<void> {
    await translated(Promise.resolve(this.#session.publish(topic, args, kwargs, { ...options, acknowledge: true })))
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
    this.#connection.close()
    await this.#closed
  }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof autobahn.Error ? new PeerError(error.error, error) : error
  }
}
