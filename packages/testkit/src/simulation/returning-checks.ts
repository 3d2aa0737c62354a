// Whether a client that connects again by itself keeps its promises: what it sends and when, which states it reports, and how its
// promises settle. Sends nothing.

import type { Backoff, Client, DeclarationState, WhileAway } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import { isForRouter } from '@trunkline/protocol'
import type { Watcher } from './product-client.ts'
import { Grants } from './returning-grants.ts'
import { Repeats } from './returning-repeats.ts'
import { StateWalk } from './returning-states.ts'

export interface ReturningSettings {
  readonly urls: readonly string[]
  readonly backoff: Backoff
  readonly whileAway: WhileAway
  now(): number
  blame(text: string): void
}

/** A request as it must be sent: type, options, URI. */
type Wanted = readonly [type: number, options: object, uri: string]

/** A subscription or registration that was declared. */
export interface Declared {
  readonly wanted: Wanted
  readonly declaration: { readonly state: DeclarationState }
  isWithdrawn: boolean
  /** The latest session in which it was requested, and the id of that request. */
  link: Link | undefined
  request: number
  /** When. */
  askedAt: number
}

interface Asked {
  readonly wanted: Wanted
  /** The first argument, unique to this request. */
  readonly token: string | undefined
  readonly madeAt: number
  isSent: boolean
}

/** One connection. */
interface Link {
  /** Requests, in the order in which they were sent, until the client says that it is connected. */
  readonly early: (readonly unknown[])[]
  /** What the router has answered about subscriptions and registrations. */
  readonly grants: Grants
  readonly repeats: Repeats
  isRestored: boolean
}

const REQUESTS: readonly unknown[] = [16, 32, 34, 48, 64, 66]

/** Longer than any answer takes. */
const ANSWERED_MS = 150

export class ReturningChecks {
  readonly settings: ReturningSettings
  readonly #walk: StateWalk
  /** In their order; none that was withdrawn. */
  readonly #declared = new Set<Declared>()
  /** Requests that no session has seen, in their order. */
  readonly #waiting = new Set<Asked>()
  #client: Client | undefined
  #link: Link | undefined
  #lastSession: unknown
  #restoredAt = 0
  /** When requests were rejected because it is stopped. */
  #stoppedAt = -1
  /** What is being requested in this turn. */
  #current: { wanted: Wanted; token: string | undefined; sent: readonly unknown[] | undefined } | undefined

  constructor(settings: ReturningSettings) {
    this.settings = settings
    this.#walk = new StateWalk(settings)
  }

  /** The client was made. */
  attach(client: Client): void {
    this.#client = client
    this.#walk.started(client.state)
    client.onState((state) => {
      this.#walk.next(state)
      if (state.status === 'stopped') this.#stoppedAt = this.settings.now()
      if (state.status === 'connected') this.#checkRestoration(state.session.isOpen, state.session.id)
    })
  }

  /** The client was asked to connect at once. */
  hurried(): void {
    this.#walk.hurried()
  }

  /** A connection is opened. */
  openLink(): Watcher {
    const link: Link = { early: [], grants: new Grants(), repeats: new Repeats(this.settings), isRestored: false }
    this.#link = link
    return {
      sent: (list) => {
        link.grants.sent(list)
        link.repeats.sent(list)
        this.#sent(link, list)
      },
      received: (list) => {
        link.grants.received(list)
        link.repeats.received(list)
      },
    }
  }

  /** Something is declared: the client requests it at once in an open session, and nowhere else. */
  declare<More extends { readonly declaration: { readonly state: DeclarationState } }>(wanted: Wanted, make: () => More): Declared & More {
    const isOpen = this.#isOpen
    const { made, sent } = this.#during(wanted, undefined, make)
    if ((sent !== undefined) !== isOpen)
      this.#blame(`declaring ${show(wanted)} ${isOpen ? 'sent no request' : 'sent a request without a session'}`)
    const request = sent?.[1] as number | undefined
    const declared = {
      ...made,
      wanted,
      isWithdrawn: false,
      link: isOpen ? this.#link : undefined,
      request: request ?? 0,
      askedAt: this.settings.now(),
    }
    this.#declared.add(declared)
    return declared
  }

  withdrawn(declared: Declared): void {
    declared.isWithdrawn = true
    this.#declared.delete(declared)
  }

  /** A call or publication is made: it is sent at once, or `whileAway` decides. */
  async request(wanted: Wanted, token: string | undefined, ask: () => Promise<unknown>): Promise<unknown> {
    const isOpen = this.#isOpen
    if (this.#client?.state.status === 'stopped') this.#stoppedAt = this.settings.now()
    const { made, sent } = this.#during(wanted, token, ask)
    const asked: Asked = { wanted, token, madeAt: this.settings.now(), isSent: sent !== undefined }
    if (asked.isSent !== isOpen) this.#blame(`${show(wanted)} ${isOpen ? 'was not sent' : 'was sent without a session'}`)
    if (!isOpen) this.#waiting.add(asked)
    try {
      const value = await made
      if (!asked.isSent) this.#blame(`${show(wanted)} was never sent and has an answer`)
      return value
    } catch (error) {
      this.#waiting.delete(asked)
      if (error instanceof DisconnectedError) this.#checkLoss(asked, error)
      throw error
    }
  }

  /** In a session that has lasted a moment the router has answered all declarations, and has no other grants. */
  checkRestored(): void {
    if (!this.#isOpen || this.settings.now() - this.#restoredAt < ANSWERED_MS) return
    const grants = this.#link?.grants
    const mine = new Set<string>()
    for (const { wanted, declaration, link, request, askedAt } of this.#declared) {
      const answer = link === this.#link ? link?.grants.answerTo(request) : undefined
      const state = declaration.state.status
      if (answer === undefined && state === 'requested' && this.settings.now() - askedAt < ANSWERED_MS) continue
      if (link?.repeats.isLate(request) === true) this.#blame(`${show(wanted)} was not asked for again`)
      // What was granted may have been revoked.
      const isTrue = answer === 'refused' ? state === 'refused' : answer !== undefined && (state === 'active' || state === 'refused')
      if (!isTrue) this.#blame(`${show(wanted)} is ${state}, answered by ${String(answer)}`)
      if (answer !== undefined) mine.add(answer)
    }
    const others = [...(grants?.held ?? [])].filter((each) => !mine.has(each) && this.#link?.repeats.isWatch(each) !== true)
    if (others.length > 0) this.#blame(`the router keeps what was taken back: ${others.join(', ')}`)
  }

  get #isOpen(): boolean {
    const state = this.#client?.state
    return state?.status === 'connected' && state.session.isOpen
  }

  #sent(link: Link, list: readonly unknown[]): void {
    const [type, , details] = list
    if (type === 1) {
      const { _replaces } = details as { readonly _replaces?: unknown }
      if (_replaces !== this.#lastSession)
        this.#blame(`it comes in place of session ${String(_replaces)}, not ${String(this.#lastSession)}`)
    }
    if (!REQUESTS.includes(type)) return
    if (link !== this.#link) return this.#blame(`${show(list)} goes to a connection of before`)
    if (!link.isRestored) return void link.early.push(list)
    if (type === 34 || type === 66) return
    const current = this.#current
    if (current === undefined && this.#mayFollow(link, list)) return
    if (current === undefined || current.sent !== undefined || !fits(list, current))
      return this.#blame(`the application did not ask to send ${show(list)}`)
    current.sent = list
  }

  /** A declaration with a temporary refusal is requested again, and the client watches the registration in its way. */
  #mayFollow(link: Link, list: readonly unknown[]): boolean {
    const next = list[1] as number
    // Of two requests for the same it is the one with one attempt more; applications may subscribe to what the client watches.
    const repeated = [...this.#declared].find(
      ({ link: asked, declaration: { state }, request, wanted }) =>
        asked === link &&
        state.status === 'requested' &&
        state.attempt - 1 === link.repeats.attemptsOf(request) &&
        fits(list, { wanted, token: undefined }),
    )
    if (repeated === undefined) return link.repeats.mayWatch(list)
    if (!link.repeats.mayRepeat(repeated.request, next)) return false
    repeated.request = next
    repeated.askedAt = this.settings.now()
    return true
  }

  /** First all declarations, then the requests that waited, each in order and complete; and nothing else. */
  #checkRestoration(isOpen: boolean, session: number): void {
    const link = this.#link
    if (link === undefined) return this.#blame('it is connected without a connection')
    link.isRestored = true
    this.#restoredAt = this.settings.now()
    const { early } = link
    if (!isOpen) return early.length > 0 ? this.#blame(`${show(early[0])} was sent in a session that is over`) : undefined
    this.#lastSession = session
    const declared = [...this.#declared]
    // One whose time ends at this very moment may have been rejected already; its promise tells that only later.
    const waiting = [...this.#waiting].filter(
      (asked) => this.settings.now() !== this.#latest(asked) || early.some((list) => fits(list, asked)),
    )
    const wanted = [...declared.map((each) => ({ wanted: each.wanted, token: undefined })), ...waiting]
    for (let i = 0; i < Math.max(early.length, wanted.length); i++) {
      const [list, want] = [early[i], wanted[i]]
      if (list === undefined || want === undefined || !fits(list, want) || list[1] !== i + 1)
        return this.#blame(`a new session began with ${show(early)}, not with ${show(wanted)}`)
    }
    declared.forEach((each, i) => {
      each.link = link
      each.request = i + 1
      each.askedAt = this.settings.now()
    })
    for (const asked of waiting) {
      this.#waiting.delete(asked)
      asked.isSent = true
      if (this.settings.now() > this.#latest(asked)) this.#blame(`${show(asked.wanted)} was sent later than it may`)
    }
  }

  /** A request that was not sent is rejected no earlier than allowed, and each lost one says whether it was sent. */
  #checkLoss(asked: Asked, error: DisconnectedError): void {
    const { mayHaveRun } = error
    const { isSent, wanted, madeAt } = asked
    if (mayHaveRun !== isSent)
      this.#blame(`${show(wanted)} was ${isSent ? '' : 'not '}sent, and says that it may ${mayHaveRun ? '' : 'not '}have run`)
    const now = this.settings.now()
    const isStopped = this.#client?.state.status === 'stopped' || now === this.#stoppedAt
    if (!isSent && !isStopped && now !== this.#latest(asked))
      this.#blame(`${show(wanted)} gave up ${now - madeAt} ms after it was made: ${error.message}`)
  }

  /** When a request that waits for a session must be abandoned. */
  #latest({ madeAt }: Asked): number {
    const { whileAway } = this.settings
    if (whileAway === 'wait') return Infinity
    return whileAway === 'fail' ? madeAt : madeAt + whileAway.timeoutMs
  }

  #during<Made>(wanted: Wanted, token: string | undefined, make: () => Made): { made: Made; sent: readonly unknown[] | undefined } {
    const current = (this.#current = { wanted, token, sent: undefined as readonly unknown[] | undefined })
    const made = make()
    this.#current = undefined
    return { made, sent: current.sent }
  }

  #blame(text: string): void {
    this.settings.blame(text)
  }
}

/** Whether a message is the expected one, with all its options. */
function fits(list: readonly unknown[], { wanted, token }: { readonly wanted: Wanted; readonly token: string | undefined }): boolean {
  const [type, given, uri] = wanted
  // It asks for what it misses, of topics that may be durable.
  const options = type === 32 && !isForRouter(uri) ? { ...given, _resume: {} } : given
  if (list[0] !== type || list[3] !== uri || JSON.stringify(list[2]) !== JSON.stringify(options)) return false
  return token === undefined || (list[4] as readonly unknown[] | undefined)?.[0] === token
}

function show(what: unknown): string {
  return JSON.stringify(what)
}
