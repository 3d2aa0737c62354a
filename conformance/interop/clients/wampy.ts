// wampy.js (npm `wampy`) with its plug-ins. Works around nothing in it.

import { Errors, Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { sign as cryptosign } from 'wampy/cryptosign.js'
import { JsonSerializer } from 'wampy/JsonSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { sign as wampcra } from 'wampy/wampcra.js'
import { WebSocket } from 'ws'

import { KEY_PAIR } from '../key-pair.ts'
import type { Calling, Details, Happened, Login, PairedClient, PairedSession, Procedure, Registered, Values } from './client.ts'
import { LONG_TEXT, PeerError } from './client.ts'

type Options = Extract<ConstructorParameters<typeof Wampy>[1], object>
type Plugin = NonNullable<Options['authPlugins']>[string]

export const wampy: PairedClient = {
  bytes: (octets) => octets,
  tellsCallees: false,
  passthru: { values: { args: [1, 'two'], kwargs: { three: 3 } }, options: { ppt_scheme: 'x_interop', ppt_serializer: 'cbor' } },
  async join({ url, realm, serializer, login, comesBack = false }) {
    const chosen = serializer === 'msgpack' ? new MsgpackSerializer() : serializer === 'cbor' ? new CborSerializer() : new JsonSerializer()
    let settle: (why: string) => void = () => undefined
    const over = new Promise<string>((resolve) => {
      settle = resolve
    })
    const line: Line = { cut: () => undefined, onBack: () => undefined }
    const client = new Wampy(url, {
      onClose: () => settle('closed'),
      onReconnectSuccess: () => line.onBack(),
      realm,
      serializer: chosen,
      ws: socketOf(line) as NonNullable<Options['ws']>,
      autoReconnect: comesBack,
      reconnectInterval: 50,
      maxRetries: 1,
      payloadSerializers: { cbor: new CborSerializer() },
      ...(login === undefined ? {} : loginOptions(login)),
    })
    return new WampySession(client, await client.connect(), over, line)
  },
}

/** Its connection, as far as a test interferes with it. */
interface Line {
  cut: () => void
  onBack: () => void
}

/** The library takes a constructor, whose type knows only one with one more argument. */
function socketOf(line: Line): unknown {
  return class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      line.cut = () => this.terminate()
    }
  }
}

function loginOptions({ authid, method, secret }: Login): Options {
  const plugin = method === 'wampcra' ? wampcra(secret) : method === 'cryptosign' ? cryptosign(secret) : () => secret
  return {
    authid,
    authmethods: [method],
    authMode: 'auto',
    authPlugins: { [method]: plugin as unknown as Plugin },
    ...(method === 'cryptosign' ? { authextra: { pubkey: KEY_PAIR.publicKey } } : {}),
  }
}

class WampySession implements PairedSession {
  readonly welcome: Details
  readonly over: Promise<string>
  readonly #wampy: Wampy
  readonly #line: Line
  readonly #sums = new Map<unknown, number>()
  readonly #subscriptions = new Map<string, number>()

  constructor(client: Wampy, welcome: Details, over: Promise<string>, line: Line) {
    this.over = over
    this.#line = line
    this.#wampy = client
    this.welcome = welcome
  }

  get id(): number {
    // A BigInt over msgpack.
    return Number(this.#wampy.getSessionId())
  }

  call(procedure: string, values: Partial<Values> = {}, options = {}, onProgress?: (values: Values) => void): Calling {
    const progress = onProgress === undefined ? {} : { progress_callback: (data: Received) => onProgress(valuesOf(data)) }
    const result = translated(this.#wampy.call(procedure, forWampy(values), { ...options, ...progress })).then(valuesOf)
    // Its caller must read the number of the request directly after the call.
    const { reqId } = this.#wampy.getOpStatus()
    return { result, cancel: (mode) => void this.#wampy.cancel(reqId, { mode }) }
  }

  async callInChunks(procedure: string, numbers: readonly number[]): Promise<unknown> {
    const [first, ...more] = numbers
    const { result, sendData } = this.#wampy.progressiveCall(procedure, [first])
    for (const [i, number] of more.entries()) sendData([number], { progress: i < more.length - 1 })
    return valuesOf(await translated(result)).args[0]
  }

  /** Its callee is called for each chunk. What it returns before the last is sent as a progressive result. */
  async registerSum(procedure: string): Promise<void> {
    await this.#wampy.register(procedure, ({ details, argsList = [] }) => {
      const sum = (this.#sums.get(procedure) ?? 0) + Number(argsList[0])
      this.#sums.set(procedure, sum)
      return { argsList: [sum], options: { progress: details['progress'] === true } }
    })
  }

  async register(procedure: string, handler: Procedure, options = {}): Promise<Registered> {
    const { registrationId } = await this.#wampy.register(
      procedure,
      async ({ details, argsList = [], argsDict = {}, result_handler: yields }) => {
        const progress = (args: readonly unknown[]): void => yields({ argsList: [...args], options: { progress: true } })
        const canceled = new Promise<void>(() => undefined)
        try {
          return forWampy(await handler({ args: argsList, kwargs: argsDict, details, progress, canceled }))
        } catch (error) {
          if (!(error instanceof PeerError)) throw error
          // eslint-disable-next-line typescript/only-throw-error -- what wampy's documentation asks for
          throw { error: error.uri, ...forWampy(error.values) }
        }
      },
      options,
    )
    return { id: Number(registrationId), revoked: new Promise(() => undefined) }
  }

  async unregister(procedure: string): Promise<void> {
    await this.#wampy.unregister(procedure)
  }

  async subscribe(topic: string, onEvent: (event: Happened) => void, options?: Details): Promise<number> {
    const listener = ({ argsList = [], argsDict = {}, details }: Received): void => onEvent({ args: argsList, kwargs: argsDict, details })
    const { subscriptionId } = await translated(this.#wampy.subscribe(topic, listener, options))
    this.#subscriptions.set(topic, subscriptionId)
    return Number(subscriptionId)
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#wampy.unsubscribe(this.#subscriptions.get(topic) ?? 0)
  }

  async publish(topic: string, values: Partial<Values> = {}, options: Details = {}): Promise<number> {
    return Number((await translated(this.#wampy.publish(topic, forWampy(values), { ...options }))).publicationId)
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
      this.#line.onBack = resolve
    })
    this.#line.cut()
    await isBack
    try {
      await this.call('interop.missing').result
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
    }
  }

  async close(): Promise<void> {
    // After the router has ended the session, or twice, it never answers.
    if (this.#wampy.getSessionId()) await this.#wampy.disconnect()
  }
}

interface Received {
  readonly details: Details
  readonly argsList?: unknown[]
  readonly argsDict?: Record<string, unknown>
}

function valuesOf({ argsList = [], argsDict = {} }: Received): Values {
  return { args: argsList, kwargs: argsDict }
}

function forWampy({ args = [], kwargs = {} }: Partial<Values>): { argsList: unknown[]; argsDict: Record<string, unknown> } {
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
