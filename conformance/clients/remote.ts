// A client whose library is driven through a program in its own language, over lines of JSON (see README.md). Knows no library.

import { CommandFailure, PeerDriver } from '../interop/driver.ts'
import { ours } from '../interop/features/clients/ours.ts'
import type {
  Calling,
  Details,
  FeatureClient,
  FeatureSession,
  Happened,
  Invoked,
  JoinOptions,
  Registered,
} from '../interop/features/feature.ts'
import { KEY_PAIR } from '../interop/features/key-pair.ts'
import type { Values } from '../interop/peers/peer.ts'
import { PeerError } from '../interop/peers/peer.ts'

const NOTHING: Values = { args: [], kwargs: {} }

/** A line that a program writes without a request. */
interface Notice {
  readonly notice: 'invocation' | 'event' | 'over'
  readonly session: string
  readonly uri: string
  readonly invocation: number
  readonly values: Partial<Values>
  readonly details?: Details
}

/** Where a library does not show the session's id or its authid, the router is asked. */
interface Joined {
  readonly id?: number | null
  readonly authid?: string | null
  readonly authrole?: string | null
}

type Handler = (invoked: Invoked) => Values | Promise<Values>

/** The client of one program. A program that has ended is started again with the next session. */
export class RemoteClient implements FeatureClient {
  readonly tellsCallees = false
  readonly #command: readonly string[]
  readonly #hidesSessions: boolean
  readonly #sessions = new Map<string, RemoteSession>()
  #driver: PeerDriver | undefined
  #watcher: Promise<FeatureSession> | undefined
  #last = 0

  /** @param hidesSessions whether the new session is found in the list of sessions; then one joins after the other */
  constructor(command: readonly string[], hidesSessions = false) {
    this.#command = command
    this.#hidesSessions = hidesSessions
  }

  async join(options: JoinOptions): Promise<FeatureSession> {
    if (this.#driver === undefined || this.#driver.hasEnded) this.#start()
    const driver = this.#driver
    if (driver === undefined) throw new Error('no process')
    const name = `s${++this.#last}`
    const session = new RemoteSession(name, driver)
    this.#sessions.set(name, session)
    const before = this.#hidesSessions ? await this.#present(options) : []
    const login = options.login === undefined ? {} : { login: { ...options.login, publicKey: KEY_PAIR.publicKey } }
    const joined = (await translated(driver.send({ op: 'join', session: name, ...options, ...login }))) as Joined
    session.welcome = await this.#completed(joined, options, before)
    return session
  }

  async close(): Promise<void> {
    this.#driver?.close()
    await (await this.#watcher)?.close()
  }

  #start(): void {
    const [program = '', ...args] = this.#command
    this.#sessions.clear()
    this.#driver = new PeerDriver(program, args, (line) => {
      const notice = line as Notice
      this.#sessions.get(notice.session)?.onNotice(notice)
    })
  }

  async #present(options: JoinOptions): Promise<readonly unknown[]> {
    return (await this.#ask(options, 'list')) as readonly unknown[]
  }

  async #completed(joined: Joined, options: JoinOptions, before: readonly unknown[]): Promise<Details> {
    if (typeof joined.id === 'number' && typeof joined.authrole === 'string') return { ...joined }
    const id = joined.id ?? (await this.#present(options)).find((one) => !before.includes(one))
    return { ...((await this.#ask(options, 'get', id)) as Details), id }
  }

  async #ask({ url, realm }: JoinOptions, what: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#watcher ??= ours.join({ url, realm, serializer: 'json' })
    return (await (await this.#watcher).call(`wamp.session.${what}`, { args }).result).args[0]
  }
}

class RemoteSession implements FeatureSession {
  welcome: Details = {}
  readonly over: Promise<string>
  readonly #name: string
  readonly #driver: PeerDriver
  readonly #handlers = new Map<string, Handler>()
  readonly #listeners = new Map<string, (event: Happened) => void>()
  #end: (why: string) => void = () => undefined

  constructor(name: string, driver: PeerDriver) {
    this.#name = name
    this.#driver = driver
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get id(): number {
    return Number(this.welcome['id'])
  }

  onNotice(notice: Notice): void {
    const values = { ...NOTHING, ...withoutNull(notice.values) }
    const details = notice.details ?? {}
    if (notice.notice === 'over') this.#end('the library says so')
    else if (notice.notice === 'event') this.#listeners.get(notice.uri)?.({ ...values, details })
    else void this.#answer(notice, values, details)
  }

  call(uri: string, values: Partial<Values> = {}, options: Details = {}): Calling {
    const result = this.#do('call', { uri, values: { ...NOTHING, ...values }, options })
    const cancel = (): void => {
      throw new Error('not in the protocol of the programs')
    }
    return { result: result.then((answer) => ({ ...NOTHING, ...withoutNull(answer as Partial<Values>) })), cancel }
  }

  async register(uri: string, handler: Handler, options: Details = {}): Promise<Registered> {
    this.#handlers.set(uri, handler)
    return { id: Number(await this.#do('register', { uri, options })), revoked: new Promise(() => undefined) }
  }

  async subscribe(uri: string, onEvent: (event: Happened) => void, options: Details = {}): Promise<number> {
    this.#listeners.set(uri, onEvent)
    return Number(await this.#do('subscribe', { uri, options }))
  }

  async publish(uri: string, values: Partial<Values> = {}, options: Details = {}): Promise<number> {
    return Number(await this.#do('publish', { uri, values: { ...NOTHING, ...values }, options }))
  }

  async close(): Promise<void> {
    await this.#do('close', {})
  }

  #do(op: string, more: object): Promise<unknown> {
    return translated(this.#driver.send({ op, session: this.#name, ...more }))
  }

  async #answer({ uri, invocation }: Notice, values: Values, details: Details): Promise<void> {
    const progress = (): void => {
      throw new Error('not in the protocol of the programs')
    }
    try {
      const result = await this.#handlers.get(uri)?.({ ...values, details, progress, canceled: new Promise(() => undefined) })
      await this.#do('yield', { invocation, values: result ?? NOTHING })
    } catch (error) {
      if (!(error instanceof PeerError)) return
      // A program that has ended answers nothing.
      await this.#do('fail', { invocation, uri: error.uri, values: error.values }).catch(() => undefined)
    }
  }
}

/** Some languages write null for an absent value. */
function withoutNull(values: Partial<Values> | undefined): Partial<Values> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== null))
}

async function translated(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.failure.uri === undefined) throw error
    throw new PeerError(error.failure.uri, { ...NOTHING, ...withoutNull(error.failure.values ?? {}) })
  }
}
