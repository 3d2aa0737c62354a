// The client of this project. Uses only the entry points that applications use.

import type { AuthMethod, CallResult, Registration, Session, Subscription } from '@trunkline/client'
import { ApplicationError, Result } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { craAuth, cryptosignAuth, scramAuth, ticketAuth } from '@trunkline/client/auth'
import { cbor } from '@trunkline/client/cbor'
import { msgpack } from '@trunkline/client/msgpack'

import type { Calling, Details, Happened, Login, PairedClient, PairedSession, Procedure, Registered, Values } from './client.ts'
import { LONG_TEXT, PeerError } from './client.ts'

export const ours: PairedClient = {
  bytes: (octets) => new Uint8Array(octets),
  tellsCallees: true,
  // The application itself has to handle the binary item.
  passthru: { values: { args: [Uint8Array.of(1, 2, 3)], kwargs: {} }, options: { ppt_scheme: 'x_interop', ppt_serializer: 'cbor' } },
  async join({ url, realm, serializer, login }) {
    const chosen = serializer === 'msgpack' ? msgpack() : serializer === 'cbor' ? cbor() : undefined
    const auth = login === undefined ? undefined : methodOf(login)
    return new OurSession(await openSession({ url, realm, serializer: chosen, authid: login?.authid, auth, calls: calls() }))
  },
}

function methodOf({ method, secret }: Login): AuthMethod {
  switch (method) {
    case 'ticket':
      return ticketAuth(secret)
    case 'wampcra':
      return craAuth(secret)
    case 'cryptosign':
      return cryptosignAuth(secret)
    case 'wamp-scram':
      return scramAuth(secret)
    case 'scram':
      // The user of the example has few iterations, as is usual with Argon2.
      return scramAuth(secret, { dialect: 'autobahn', leastIterations: 1 })
  }
}

/** Options by the names of this client. */
function named(options: Details): Details {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value]),
  )
}

class OurSession implements PairedSession {
  readonly #session: Session
  readonly #registrations = new Map<string, Registration>()
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(session: Session) {
    this.#session = session
  }

  get id(): number {
    return this.#session.id
  }

  get welcome(): Details {
    return this.#session.details
  }

  get over(): Promise<string> {
    return this.#session.closed.then(({ reason }) => reason)
  }

  call(
    procedure: string,
    { args = [], kwargs = {} }: Partial<Values> = {},
    options: Details = {},
    onProgress?: (values: Values) => void,
  ): Calling {
    const call = this.#session.openCall(procedure, { ...named(options), ...(onProgress === undefined ? {} : { onProgress }) })
    call.end(args, { kwargs })
    return { result: translated(call.result), cancel: (mode) => call.cancel(mode) }
  }

  async callInChunks(procedure: string, numbers: readonly number[]): Promise<unknown> {
    const call = this.#session.openCall(procedure)
    for (const number of numbers.slice(0, -1)) call.send([number])
    call.end(numbers.slice(-1))
    return (await call.result).value
  }

  async registerSum(procedure: string): Promise<void> {
    await this.#session.register(procedure, async ({ chunks }) => {
      let sum = 0
      for await (const { args } of chunks) sum += Number(args[0])
      return sum
    })
  }

  async register(procedure: string, handler: Procedure, options: Details = {}): Promise<Registered> {
    const registration = await this.#session.register(
      procedure,
      async ({ args, kwargs, details, signal, progress }) => {
        const canceled = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        try {
          const result = await handler({ args, kwargs, details, canceled, progress: (values) => void progress(new Result(values)) })
          return new Result(result.args, result.kwargs)
        } catch (error) {
          throw error instanceof PeerError ? new ApplicationError(error.uri, error.values.args, error.values.kwargs) : error
        }
      },
      named(options),
    )
    this.#registrations.set(procedure, registration)
    return { id: registration.id, revoked: registration.ended.then(() => undefined) }
  }

  async unregister(procedure: string): Promise<void> {
    await this.#registrations.get(procedure)?.unregister()
  }

  async subscribe(topic: string, onEvent: (event: Happened) => void, options: Details = {}): Promise<number> {
    const subscription = await this.#session.subscribe(topic, onEvent, named(options))
    this.#subscriptions.set(topic, subscription)
    return subscription.id
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#subscriptions.get(topic)?.unsubscribe()
  }

  publish(topic: string, { args = [], kwargs = {} }: Partial<Values> = {}, options: Details = {}): Promise<number> {
    return translated(this.#session.publish(topic, args, { ...named(options), kwargs, acknowledge: true }))
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

async function translated<T extends CallResult | number>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof ApplicationError ? new PeerError(error.uri, error) : error
  }
}
