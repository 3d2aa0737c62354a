// Very many clients in one process. `stay`: they connect, and again whenever their session is lost. `storm`: each opens one
// session at its time, whatever happened to the others. Reports how many are open and how long the openings took.

import { createClient } from '@trunkline/client'
import type { OpenSessionOptions } from '@trunkline/client/session'
import { openSession } from '@trunkline/client/session'
import { craAuth } from '@trunkline/client/auth'
import { CROWD_SECRET, CROWD_USER } from './words.ts'
import type { CrowdReport, CrowdSpec } from './words.ts'

const REPORT_MS = 50

class Crowd {
  readonly #spec: CrowdSpec
  #connected = 0
  #joins = 0
  #failures = 0
  readonly #openedMs: number[] = []

  constructor(spec: CrowdSpec) {
    this.#spec = spec
  }

  run(): void {
    setInterval(() => this.#tell(), REPORT_MS)
    if (this.#spec.mode === 'stay') this.#stay()
    else this.#storm()
  }

  #tell(): void {
    const report: CrowdReport = {
      connected: this.#connected,
      joins: this.#joins,
      failures: this.#failures,
      openedMs: this.#openedMs.splice(0),
    }
    process.send?.(report)
  }

  /** Not all at once, since real clients do not connect so either. */
  #stay(): void {
    this.#paced((i) => {
      const client = createClient({ url: this.#urlOf(i), realm: 'realm1', ...this.#login })
      let wasConnected = false
      client.onState(({ status }) => {
        const isConnected = status === 'connected'
        if (isConnected) this.#joins++
        this.#connected += Number(isConnected) - Number(wasConnected)
        wasConnected = isConnected
      })
    })
  }

  #storm(): void {
    this.#paced((i, due) => {
      openSession({ url: this.#urlOf(i), realm: 'realm1', openTimeoutMs: 30_000, ...this.#login }).then(
        (session) => {
          this.#openedMs.push(performance.now() - due)
          this.#connected++
          this.#joins++
          void session.closed.then(() => this.#connected--)
        },
        () => this.#failures++,
      )
    })
  }

  get #login(): Partial<OpenSessionOptions> {
    if (this.#spec.login === 'anonymous') return {}
    return { authid: CROWD_USER, auth: craAuth(CROWD_SECRET) }
  }

  #urlOf(i: number): string {
    const { urls } = this.#spec
    return urls[i % urls.length] ?? ''
  }

  /** @param start gets the number of the client and the time at which it is due */
  #paced(start: (i: number, due: number) => void): void {
    const { clients, perSecond } = this.#spec
    const begin = performance.now()
    let started = 0
    const timer = setInterval(() => {
      const now = performance.now()
      for (; started < clients; started++) {
        const due = begin + (started * 1000) / perSecond
        if (due > now) return
        start(started, due)
      }
      clearInterval(timer)
    }, 5)
  }
}

process.on('disconnect', () => process.exit(0))
new Crowd(JSON.parse(process.argv[2] ?? '{}') as CrowdSpec).run()
