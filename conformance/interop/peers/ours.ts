// The client of this project as a peer. Uses only the entry point that applications use.

import type { Registration, Session, Subscription } from '@trunkline/client'
import { ApplicationError, Result } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'

import type { Peer, PeerSession, Values } from './peer.ts'
import { LONG_TEXT, PeerError } from './peer.ts'

export const ours: Peer = {
  bytes: (octets) => new Uint8Array(octets),
  async connect({ url, realm, serializer }) {
    const chosen = serializer === 'msgpack' ? msgpack() : serializer === 'cbor' ? cbor() : undefined
    return new OurSession(await openSession({ url, realm, serializer: chosen }))
  },
}

class OurSession implements PeerSession {
  readonly #session: Session
  readonly #registrations = new Map<string, Registration>()
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(session: Session) {
    this.#session = session
  }

  get id(): number {
    return this.#session.id
  }

  get isOpen(): boolean {
    return this.#session.isOpen
  }

  async register(procedure: string, handler: (values: Values) => Values): Promise<void> {
    const registration = await this.#session.register(procedure, ({ args, kwargs }) => {
      try {
        const result = handler({ args, kwargs })
        return new Result(result.args, result.kwargs)
      } catch (error) {
        throw error instanceof PeerError ? new ApplicationError(error.uri, error.values.args, error.values.kwargs) : error
      }
    })
    this.#registrations.set(procedure, registration)
  }

  async unregister(procedure: string): Promise<void> {
    await this.#registrations.get(procedure)?.unregister()
  }

  async call(procedure: string, { args, kwargs }: Values): Promise<Values> {
    return translated(this.#session.callResult(procedure, args, { kwargs }))
  }

  async subscribe(topic: string, onEvent: (values: Values) => void): Promise<void> {
    this.#subscriptions.set(topic, await this.#session.subscribe(topic, onEvent))
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#subscriptions.get(topic)?.unsubscribe()
  }

  async publish(topic: string, { args, kwargs }: Values, options: Readonly<Record<string, unknown>>): Promise<void> {
    await translated(this.#session.publish(topic, args, { ...options, kwargs, acknowledge: true }))
  }

  async publishMany(topic: string, count: number): Promise<void> {
    for (let i = 0; i < count - 1; i++) void this.#session.publish(topic, [i])
    await this.#session.publish(topic, [count - 1], { acknowledge: true })
  }

  async failToSend(): Promise<void> {
    await Promise.allSettled([this.#session.call('interop.fail', [Symbol('not for the wire')])])
  }

  async callLongThenShort(procedure: string): Promise<void> {
    await Promise.allSettled([this.#session.call(procedure, [LONG_TEXT]), this.#session.call(procedure, [1])])
  }

  async close(): Promise<void> {
    await this.#session.leave()
  }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof ApplicationError ? new PeerError(error.uri, error) : error
  }
}
