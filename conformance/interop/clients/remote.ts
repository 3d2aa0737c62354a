// A client whose library is driven through a program in its own language, over lines of JSON (see conformance/clients/README.md). Knows no library.

import { CommandFailure, PeerDriver } from '../driver.ts'
import { KEY_PAIR } from '../key-pair.ts'
import type { Calling, Client, ClientSession, Details, Happened, JoinOptions, Procedure, Registered, Values } from './client.ts'
import { PeerError } from './client.ts'
import { ours } from './ours.ts'

const NOTHING: Values = { args: [], kwargs: {} }
const NOT_REPORTED = Promise.reject(new Error('no program reports that a registration was revoked'))
NOT_REPORTED.catch(() => undefined)

/** A line that a program writes without a request. */
interface Notice {
  readonly notice: 'invocation' | 'canceled' | 'progress' | 'event' | 'over'
  readonly session: string
  readonly uri: string
  readonly invocation: number
  readonly call: number
  readonly values: Partial<Values>
  readonly details?: Details
}

/** Where a library does not show the session's id or its authid, the router is asked. */
interface Joined {
  readonly id?: number | null
  readonly authid?: string | null
  readonly authrole?: string | null
}

export interface Traits {
  /** Whether the new session is found in the list of sessions; then one joins after the other. */
  readonly hidesSessions?: boolean
  /** Whether it says that an invocation was canceled. */
  readonly tellsCallees?: boolean
}

/** The client of one program. A program that has ended is started again with the next session. */
export class RemoteClient implements Client {
  readonly tellsCallees: boolean
  readonly #command: readonly string[]
  readonly #hidesSessions: boolean
  readonly #sessions = new Map<string, RemoteSession>()
  #driver: PeerDriver | undefined
  #watcher: Promise<ClientSession> | undefined
  #last = 0

  constructor(command: readonly string[], { hidesSessions = false, tellsCallees = false }: Traits = {}) {
    this.#command = command
    this.#hidesSessions = hidesSessions
    this.tellsCallees = tellsCallees
  }

  async join(options: JoinOptions): Promise<ClientSession> {
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
    this.#sessions.clear()
    this.#driver = new PeerDriver(this.#command, (line) => {
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

class RemoteSession implements ClientSession {
  welcome: Details = {}
  readonly over: Promise<string>
  readonly #name: string
  readonly #driver: PeerDriver
  readonly #handlers = new Map<string, Procedure>()
  readonly #listeners = new Map<string, (event: Happened) => void>()
  /** What takes progressive results, by call. */
  readonly #progress = new Map<number, (values: Values) => void>()
  /** What tells running procedures that they are canceled, by invocation. */
  readonly #cancel = new Map<number, () => void>()
  #lastCall = 0
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
    switch (notice.notice) {
      case 'over':
        return this.#end('the library says so')
      case 'event':
        return this.#listeners.get(notice.uri)?.({ ...values, details })
      case 'progress':
        return this.#progress.get(notice.call)?.(values)
      case 'canceled':
        return this.#cancel.get(notice.invocation)?.()
      case 'invocation':
        return void this.#answer(notice, values, details)
    }
  }

  call(uri: string, values: Partial<Values> = {}, options: Details = {}, onProgress?: (values: Values) => void): Calling {
    const call = ++this.#lastCall
    if (onProgress !== undefined) this.#progress.set(call, onProgress)
    const progress = onProgress === undefined ? {} : { progress: true }
    const answer = this.#do('call', { call, uri, values: { ...NOTHING, ...values }, options, ...progress })
    const result = answer.then((given) => ({ ...NOTHING, ...withoutNull(given as Partial<Values>) }))
    // The end of the call reports what became of it.
    const cancel = (mode: string): void => void this.#do('cancel', { call, mode }).catch(() => undefined)
    return { result: result.finally(() => this.#progress.delete(call)), cancel }
  }

  async register(uri: string, handler: Procedure, options: Details = {}): Promise<Registered> {
    this.#handlers.set(uri, handler)
    return { id: Number(await this.#do('register', { uri, options })), revoked: NOT_REPORTED }
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
    const progress = (args: readonly unknown[]): void =>
      void this.#do('progress', { invocation, values: { args, kwargs: {} } }).catch(() => undefined)
    const canceled = new Promise<void>((resolve) => this.#cancel.set(invocation, resolve))
    try {
      const result = await this.#handlers.get(uri)?.({ ...values, details, progress, canceled })
      await this.#do('yield', { invocation, values: result ?? NOTHING })
    } catch (error) {
      if (!(error instanceof PeerError)) return
      // A program that has ended answers nothing.
      await this.#do('fail', { invocation, uri: error.uri, values: error.values }).catch(() => undefined)
    } finally {
      this.#cancel.delete(invocation)
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
