// wampy.js (npm `wampy`) as a peer. Works around nothing in it.

import { Errors, Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { JsonSerializer } from 'wampy/JsonSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { WebSocket } from 'ws'

import type { Peer, PeerSession, Values } from './peer.ts'
import { LONG_TEXT, PeerError } from './peer.ts'

type Options = Extract<ConstructorParameters<typeof Wampy>[1], object>

export const wampy: Peer = {
  bytes: (octets) => octets,
  async connect({ url, realm, serializer }) {
    const session = new WampySession()
    const chosen = serializer === 'msgpack' ? new MsgpackSerializer() : serializer === 'cbor' ? new CborSerializer() : new JsonSerializer()
    await session.open(url, { realm, serializer: chosen })
    return session
  },
}

class WampySession implements PeerSession {
  #wampy = new Wampy()
  #socket: { terminate(): void } | undefined
  readonly #subscriptions = new Map<string, number>()
  #onReconnect: () => void = () => undefined

  async open(url: string, options: Options): Promise<void> {
    const keep = (socket: { terminate(): void }): void => void (this.#socket = socket)
    // It gets a constructor, so that the test can cut the connection.
    const Kept = class extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args)
        keep(this)
      }
    }
    this.#wampy = new Wampy(url, {
      ...options,
      ws: Kept as unknown as NonNullable<Options['ws']>,
      reconnectInterval: 50,
      maxRetries: 1,
      onReconnectSuccess: () => this.#onReconnect(),
    })
    await this.#wampy.connect()
  }

  get id(): number {
    // A BigInt over msgpack.
    return Number(this.#wampy.getSessionId())
  }

  get isOpen(): boolean {
    return this.#wampy.getSessionId() !== null && this.#wampy.getSessionId() !== undefined
  }

  async register(procedure: string, handler: (values: Values) => Values): Promise<void> {
    await this.#wampy.register(procedure, ({ argsList = [], argsDict = {} }) => {
      try {
        return forWampy(handler({ args: argsList, kwargs: argsDict }))
      } catch (error) {
        if (!(error instanceof PeerError)) throw error
        // eslint-disable-next-line typescript/only-throw-error -- what wampy's documentation asks for
        throw { error: error.uri, ...forWampy(error.values) }
      }
    })
  }

  async unregister(procedure: string): Promise<void> {
    await this.#wampy.unregister(procedure)
  }

  async call(procedure: string, values: Values): Promise<Values> {
    const { argsList = [], argsDict = {} } = await translated(this.#wampy.call(procedure, forWampy(values)))
    return { args: argsList, kwargs: argsDict }
  }

  async subscribe(topic: string, onEvent: (values: Values) => void): Promise<void> {
    const { subscriptionId } = await this.#wampy.subscribe(topic, ({ argsList = [], argsDict = {} }) =>
      onEvent({ args: argsList, kwargs: argsDict }),
    )
    this.#subscriptions.set(topic, subscriptionId)
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#wampy.unsubscribe(this.#subscriptions.get(topic) ?? 0)
  }

  async publish(topic: string, values: Values, options: Readonly<Record<string, unknown>>): Promise<void> {
    await translated(this.#wampy.publish(topic, forWampy(values), { ...options }))
  }

  /** It requests an acknowledgement for each. */
  async publishMany(topic: string, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, i) => this.#wampy.publish(topic, [i])))
  }

  /** The library uses up the request id before it reads the payload. */
  async failToSend(): Promise<void> {
    await Promise.allSettled([this.#wampy.call('interop.fail', { argsList: 'no list' as unknown as unknown[] })])
  }

  async callLongThenShort(procedure: string): Promise<void> {
    await Promise.allSettled([this.#wampy.call(procedure, [LONG_TEXT]), this.#wampy.call(procedure, [1])])
  }

  async cutAndComeBack(): Promise<void> {
    const isBack = new Promise<void>((resolve) => {
      this.#onReconnect = resolve
    })
    this.#socket?.terminate()
    await isBack
    try {
      await this.call('interop.missing', { args: [], kwargs: {} })
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
    }
  }

  async close(): Promise<void> {
    await this.#wampy.disconnect()
  }
}

function forWampy({ args, kwargs }: Values): { argsList: unknown[]; argsDict: Record<string, unknown> } {
  return { argsList: [...args], argsDict: { ...kwargs } }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof Errors.WampError)) throw error
    throw new PeerError(error.errorUri, { args: error.argsList ?? [], kwargs: error.argsDict ?? {} })
  }
}
