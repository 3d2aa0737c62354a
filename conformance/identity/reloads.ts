// Reloads under load: users and rights are added and removed twenty times while two hundred sessions publish and call. Sessions that may stay
// lose nothing; what is no longer allowed ends at once; a file with mistakes changes nothing.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Session, Subscription } from '@trunkline/client'
import { ticketAuth } from '@trunkline/client/auth'
import type { Doors } from './doors.ts'
import { Load } from './load.ts'
import type { LogLine, RouterNode } from './node.ts'
import type { Report } from './report.ts'
import { refusal, same } from './report.ts'
import { USERS } from './users.ts'

const SESSIONS = 200
const RELOADS = 20
const GUESTS = 5
const GUEST = 'guest-of-a-day'
const GUEST_AUTH = ticketAuth('payload-of-a-guest')
const NOT_AUTHORIZED = 'wamp.error.not_authorized'
/** What every second configuration denies to the limited role. */
const SOMETIMES = 'interop.allowed.sometimes'

export async function checkReloads(report: Report, doors: Doors, node: RouterNode, file: string): Promise<void> {
  const usual = readFileSync(file, 'utf8')
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  const load = new Load(doors)
  await report.check(`${SESSIONS} sessions publish and call`, () => load.start(SESSIONS))
  await report.check(`${RELOADS} reloads: who may stay loses nothing, what is no longer allowed ends at once`, async () => {
    const took: number[] = []
    for (let n = 1; n <= RELOADS; n++) {
      const isGenerous = n % 2 === 1
      const visit = isGenerous ? undefined : await Visit.begin(doors)
      write(isGenerous ? generous(usual) : strict(usual))
      const start = performance.now()
      const line = await node.reload()
      same(line['msg'], 'configuration reloaded', JSON.stringify(line))
      await visit?.isOver(line)
      if (visit !== undefined) took.push(performance.now() - start)
      load.check()
    }
    console.log(`        from the signal until all had ended: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  })
  await report.check('a file with mistakes changes nothing', async () => {
    for (const bad of ['realms: [', '', usual.replaceAll('role: user', 'role: nobody'), `${usual}\nlisteners: []\n`]) {
      write(bad)
      same((await node.reload())['msg'], 'configuration not reloaded; the old one holds')
      load.check()
      await (await doors.join(USERS.cra)).leave()
    }
    write(usual)
    await node.reload()
  })
  await report.check('all of them still publish and call, and nothing was lost', () => load.stop())
}

/** One user more. */
function generous(usual: string): string {
  return usual.replace('    users:\n', `    users:\n      ${GUEST}: { role: user, ticket: payload-of-a-guest }\n`)
}

/** One right less. */
function strict(usual: string): string {
  const allowed = '- { uri: interop.allowed.**, allow: [call, register, publish, subscribe] }'
  return usual.replace(allowed, `${allowed}\n        - { uri: ${SOMETIMES}, allow: [] }`)
}

/** Sessions that may exist, and do what they do, only until the next reload. */
class Visit {
  readonly #doors: Doors
  readonly #guests: readonly Session[]
  readonly #limited: Session
  readonly #subscription: Subscription
  #events = 0

  private constructor(doors: Doors, guests: readonly Session[], limited: Session, subscription: Subscription) {
    this.#doors = doors
    this.#guests = guests
    this.#limited = limited
    this.#subscription = subscription
  }

  static async begin(doors: Doors): Promise<Visit> {
    const guests = await Promise.all(Array.from({ length: GUESTS }, () => doors.login(GUEST, GUEST_AUTH)))
    const limited = await doors.join(USERS.limited)
    await limited.register(SOMETIMES, () => 1)
    const subscription = await limited.subscribe(SOMETIMES, () => void visit.#events++)
    const visit: Visit = new Visit(doors, guests, limited, subscription)
    await visit.#publish()
    same([await limited.call(SOMETIMES), visit.#events], [1, 1], 'before the reload')
    return visit
  }

  async isOver(line: LogLine): Promise<void> {
    same([line['sessionsEnded'], line['revoked']], [GUESTS, 2], 'sessions ended, rights revoked')
    for (const { closed } of this.#guests) same((await closed).by, 'router')
    await this.#subscription.ended
    same(await refusal(this.#limited.call(SOMETIMES)), NOT_AUTHORIZED, 'call')
    same(await refusal(this.#limited.subscribe(SOMETIMES, () => {})), NOT_AUTHORIZED, 'subscribe')
    same(await refusal(this.#limited.publish(SOMETIMES, [], { acknowledge: true })), NOT_AUTHORIZED, 'publish')
    same(await refusal(this.#doors.login(GUEST, GUEST_AUTH)), 'wamp.error.authentication_denied', 'login')
    await this.#publish()
    same(await this.#limited.call('interop.allowed.always.0'), 0, 'what is still allowed')
    same(this.#events, 1, 'events')
    await this.#limited.leave()
  }

  async #publish(): Promise<void> {
    const publisher = await this.#doors.join()
    await publisher.publish(SOMETIMES, [], { acknowledge: true })
    await publisher.leave()
  }
}
