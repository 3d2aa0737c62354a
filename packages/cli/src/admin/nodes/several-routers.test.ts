// Shows the admin API of routers that are nodes of one cluster: each shows and reaches what is at all of them, and says what it cannot reach.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '@trunkline/client'
import type { RealmOptions, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { UnixBus } from '@trunkline/router/cluster'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LeveledLog } from '../../leveled-log.ts'
import { ADMIN_ROLES, allOf, errorOf, joinAs } from '../../testing/admin-scene.ts'
import { AdminApi } from '../admin-api.ts'
import { adminApi } from '../admin-contract.ts'
import { answerOthers, askedNodes } from './asked-nodes.ts'

const REALMS: Readonly<Record<string, RealmOptions>> = { ops: { roles: ADMIN_ROLES }, shop: { roles: { guest: allOf('**') } } }
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let folder: string
const ends: (() => unknown)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tl-'))
})
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
  rmSync(folder, { recursive: true, force: true })
})

/** A router on a machine of its own, with its operator. */
class Machine {
  readonly router: Router
  readonly log = new LeveledLog(SILENT)
  readonly admin: AdminApi
  readonly name: string
  readonly bus: UnixBus

  private constructor(name: string, bus: UnixBus) {
    this.name = name
    this.bus = bus
    this.router = createRouter({ realms: REALMS, cluster: { name: 'shop', by: bus } })
    const place = { node: name, router: name, workers: [], run: undefined, pid: 1, since: Date.now(), leads: () => true }
    this.admin = new AdminApi({ router: this.router, log: this.log, stop: () => {}, others: askedNodes(this.router, place) })
    answerOthers(this.router, (question) => this.admin.answer(question))
    ends.push(
      () => bus.close(),
      () => this.router.close(),
      () => this.admin.stop(),
    )
  }

  static async start(name: string, offersApi = true): Promise<Machine> {
    const bus = await UnixBus.open({ node: name, folder })
    bus.connectTo(['a', 'b', 'c'])
    const machine = new Machine(name, bus)
    if (offersApi) await machine.admin.settle('ops')
    return machine
  }

  join(realm: string, authid: string, authrole: string): Promise<Session> {
    return joinAs(this.router, realm, { authid, authrole })
  }

  /** The API for a new session at this node. */
  async api(authrole = 'operator') {
    return (await this.join('ops', 'olga', authrole)).use(adminApi)
  }
}

/** Machines that are linked to each other. */
async function linked(...names: readonly string[]): Promise<readonly Machine[]> {
  const machines = await Promise.all(names.map((name) => Machine.start(name)))
  await areLinked(machines)
  return machines
}

async function areLinked(machines: readonly Machine[]): Promise<void> {
  for (const { router, name } of machines) await router.untilJoined(machines.flatMap((each) => (each.name === name ? [] : [each.name])))
}

describe('an operator at one of several routers', () => {
  it('sees the sessions of all, page by page, each with its node', async () => {
    const [a, b] = await linked('a', 'b')
    if (a === undefined || b === undefined) throw new Error('no machines')
    const api = await a.api()
    const guests = await Promise.all([a, b, a, b, b].map((machine) => machine.join('shop', 'gil', 'guest')))
    const found: string[] = []
    for (let after: string | null | undefined; after !== null;) {
      const { sessions, next, missing } = await api.view.sessions({ realm: 'shop', limit: 2, after: after ?? undefined })
      expect([missing, sessions.length <= 2]).toEqual([[], true])
      found.push(...sessions.map(({ session, node }) => `${session} ${node}`))
      after = next
    }
    expect(found.toSorted()).toEqual(guests.map(({ id }, i) => `${id} ${['a', 'b', 'a', 'b', 'b'][i]}`).toSorted())
    const far = guests[1]?.id ?? 0
    expect(await api.view.session(far)).toMatchObject({ session: far, node: 'b' })
  })

  it('sees all nodes in the status, of which some are of its router', async () => {
    const [a] = await linked('a', 'b', 'c')
    const status = await (await a?.api())?.view.status()
    expect(status).toMatchObject({ router: 'a', missing: [] })
    expect(status?.nodes.map(({ node, own }) => [node, own])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
  })

  it('ends sessions at other nodes, with the right to it only', async () => {
    const [a, b] = await linked('a', 'b')
    const [guest, other] = [await b?.join('shop', 'gil', 'guest'), await b?.join('shop', 'gil', 'guest')]
    if (a === undefined || guest === undefined || other === undefined) throw new Error('no guests')
    const api = await a.api()
    expect((await errorOf((await a.api('viewer')).kick({ session: guest.id })))[0]).toBe('wamp.error.not_authorized')
    expect(await api.kick({ session: guest.id, realm: 'shop' })).toEqual({ sessions: 1, missing: [] })
    await guest.closed
    expect(await api.kick({ authid: 'gil' })).toEqual({ sessions: 1, missing: [] })
    await other.closed
  })

  it('sees live traffic of all nodes', async () => {
    const [a, b] = await linked('a', 'b')
    const guest = await b?.join('shop', 'gil', 'guest')
    const tail = (await a?.api())?.view.tail.stream({ realm: 'shop', kinds: ['publish'] })
    if (tail === undefined || guest === undefined) throw new Error('no machines')
    let isBegun = false
    for await (const { lines } of tail) {
      if (!isBegun) await guest.publish('com.shop.news', [], { acknowledge: true })
      isBegun = true
      const [line] = lines
      if (line === undefined) continue
      expect([line.node, line.from.session]).toEqual(['b', guest.id])
      break
    }
  })

  it('sets the log levels of its own router', async () => {
    const [a, b] = await linked('a', 'b')
    await (await a?.api())?.setLogLevel('debug', { area: 'rights' })
    expect([a?.log.level('rights'), b?.log.level('rights')]).toEqual(['debug', 'info'])
  })
})

describe('what cannot be reached', () => {
  it('is named: a node that does not offer the API', async () => {
    const machines = [await Machine.start('a'), await Machine.start('b', false)]
    await areLinked(machines)
    const api = await machines[0]?.api()
    expect(await api?.view.sessions()).toMatchObject({ missing: ['b'] })
    expect(await api?.kick({ authid: 'nobody' })).toEqual({ sessions: 0, missing: ['b'] })
  })

  it('is named: a node that is late, which is asked again once it has answered', async () => {
    const [a, b] = await linked('a', 'b')
    if (a === undefined || b === undefined) throw new Error('no machines')
    const api = await a.api()
    let [asked, answerNow] = [0, (_: never): void => {}]
    b.router.answerNodes(() => {
      asked++
      return new Promise((resolve) => (answerNow = resolve))
    })
    expect(await api.view.limits()).toMatchObject({ missing: ['b'] })
    expect(await api.view.limits()).toMatchObject({ missing: ['b'] })
    expect(asked).toBe(1)
    answerOthers(b.router, (question) => b.admin.answer(question))
    answerNow({ json: '[]' } as never)
    await expect.poll(() => api.view.limits()).toMatchObject({ missing: [] })
  })

  it('is named: a node that was lost; one that stopped is not missing', async () => {
    const [a, b, c] = await linked('a', 'b', 'c')
    if (a === undefined || b === undefined || c === undefined) throw new Error('no machines')
    const api = await a.api()
    await c.router.close()
    await expect.poll(() => api.view.limits()).toMatchObject({ missing: [] })
    expect((await api.view.nodes()).nodes.map(({ node, state }) => [node, state])).toContainEqual(['c', 'left'])
    expect((await api.view.status()).nodes.map(({ node }) => node)).toEqual(['a', 'b'])
    await b.bus.close()
    await expect.poll(() => api.view.limits()).toMatchObject({ missing: ['b'] })
    expect((await api.view.nodes()).nodes.map(({ node, state }) => [node, state])).toContainEqual(['b', 'lost'])
  })

  it('is named: a node of another version of these questions', async () => {
    const [a, b] = await linked('a', 'b')
    if (a === undefined || b === undefined) throw new Error('no machines')
    const { answers, missing } = await b.router.askNodes({ version: 0, json: '{}' })
    expect([answers, missing]).toEqual([[], ['a']])
  })
})
