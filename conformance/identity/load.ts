// Sessions of all users, each of which publishes to the next one and calls it, and count what comes. Knows nothing of reloads.

import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from '@trunkline/client'
import type { Doors } from './doors.ts'
import { same } from './report.ts'
import { CRYPTOSIGN, USERS } from './users.ts'

const ROUND_MS = 250
const AT_ONCE = 20
/** Anonymous sessions among them; all may use what is used here. */
const KINDS = [undefined, USERS.ticket, USERS.limited, USERS.cra, USERS.scram, CRYPTOSIGN]

export class Load {
  readonly #doors: Doors
  readonly #sessions: Session[] = []
  readonly #faults: string[] = []
  #isOver = false
  #running: Promise<unknown> = Promise.resolve()
  #published = 0
  #received = 0
  #calls = 0

  constructor(doors: Doors) {
    this.#doors = doors
  }

  /** Opens the sessions and starts their work. */
  async start(count: number): Promise<void> {
    for (let first = 0; first < count; first += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => this.#open(first + i)))
    }
    this.#running = Promise.all(this.#sessions.map((session, i) => this.#work(session, (i + 1) % count)))
    this.check()
  }

  /** @throws {Error} when a session has ended, or a request has failed */
  check(): void {
    same(this.#faults, [])
    same(this.#sessions.filter(({ isOpen }) => !isOpen).length, 0, 'sessions lost')
  }

  /** Ends the work. @throws {Error} (rejects) when a message was lost */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    this.check()
    // An answer to each comes after the events that were sent to it before.
    await Promise.all(this.#sessions.map((session) => session.call('wamp.session.count').catch(() => undefined)))
    same(this.#received, this.#published, 'events')
    console.log(`        ${this.#published} events and ${this.#calls} calls meanwhile`)
  }

  async #open(i: number): Promise<void> {
    const session = await this.#doors.join(KINDS[i % KINDS.length])
    this.#sessions[i] = session
    void session.closed.then(({ reason, by }) => this.#isOver || this.#faults.push(`session ${i} ended by ${by}: ${reason}`))
    await session.register(uriOf(i), ({ args: [first] }) => (first === undefined ? i : first))
    await session.subscribe(uriOf(i), () => void this.#received++)
  }

  async #work(session: Session, next: number): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      try {
        await session.publish(uriOf(next), [n], { acknowledge: true })
        this.#published++
        same(await session.call(uriOf(next), [n]), n, 'result')
        this.#calls++
      } catch (error) {
        this.#faults.push(`to ${next}: ${String(error)}`)
        return
      }
      await pause(ROUND_MS)
    }
  }
}

function uriOf(i: number): string {
  return `interop.allowed.always.${i}`
}
