// wampy.js (npm `wampy`) with its plug-ins as a client whose features are tried. Works around nothing in it.

import { Errors, Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { sign as cryptosign } from 'wampy/cryptosign.js'
import { JsonSerializer } from 'wampy/JsonSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { sign as wampcra } from 'wampy/wampcra.js'
import { WebSocket } from 'ws'

import type { Values } from '../../peers/peer.ts'
import { PeerError } from '../../peers/peer.ts'
import { KEY_PAIR } from '../key-pair.ts'
import type { Calling, Details, FeatureClient, FeatureSession, Happened, Invoked, Login, Registered } from '../feature.ts'

type Options = Extract<ConstructorParameters<typeof Wampy>[1], object>
/** Its type knows only a constructor with one more argument. */
const SOCKET: unknown = WebSocket
type Plugin = NonNullable<Options['authPlugins']>[string]

export const wampy: FeatureClient = {
  tellsCallees: false,
  passthru: { values: { args: [1, 'two'], kwargs: { three: 3 } }, options: { ppt_scheme: 'x_interop', ppt_serializer: 'cbor' } },
  async join({ url, realm, serializer, login }) {
    const chosen = serializer === 'msgpack' ? new MsgpackSerializer() : serializer === 'cbor' ? new CborSerializer() : new JsonSerializer()
    let settle: (why: string) => void = () => undefined
    const over = new Promise<string>((resolve) => {
      settle = resolve
    })
    const client = new Wampy(url, {
      onClose: () => settle('closed'),
      realm,
      serializer: chosen,
      ws: SOCKET as NonNullable<Options['ws']>,
      autoReconnect: false,
      payloadSerializers: { cbor: new CborSerializer() },
      ...(login === undefined ? {} : loginOptions(login)),
    })
    return new WampySession(client, await client.connect(), over)
  },
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

class WampySession implements FeatureSession {
  readonly welcome: Details
  readonly over: Promise<string>
  readonly #wampy: Wampy
  readonly #sums = new Map<unknown, number>()

  constructor(client: Wampy, welcome: Details, over: Promise<string>) {
    this.over = over
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

  async register(procedure: string, handler: (invoked: Invoked) => Values | Promise<Values>, options = {}): Promise<Registered> {
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

  async subscribe(topic: string, onEvent: (event: Happened) => void, options?: Details): Promise<number> {
    const listener = ({ argsList = [], argsDict = {}, details }: Received): void => onEvent({ args: argsList, kwargs: argsDict, details })
    const { subscriptionId } = await translated(this.#wampy.subscribe(topic, listener, options))
    return Number(subscriptionId)
  }

  async publish(topic: string, values: Partial<Values> = {}, options: Details = {}): Promise<number> {
    return Number((await translated(this.#wampy.publish(topic, forWampy(values), { ...options }))).publicationId)
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
