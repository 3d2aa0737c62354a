// Shows that the admin API of each worker shows the whole router, and acts on all of it.

import type { Session } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../../../../scripts/build-command.mjs'
import { adminApi } from '../admin/admin-contract.ts'
import type { ShownTail } from '../admin/looking.ts'
import { errorOf } from '../testing/admin-scene.ts'
import type { Routers } from '../testing/workers-scene.ts'
import { WorkersFolder, workersOf } from '../testing/workers-scene.ts'

const OPEN = '{ uri: com.**, allow: [call, register, publish, subscribe] }'
const CONFIGURATION = `
workers: 3
listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
admin: { realm: ops }
realms:
  first: { anonymous: { role: guest }, roles: { guest: [${OPEN}] } }
  second: { anonymous: { role: guest }, roles: { guest: [${OPEN}] } }
  ops: { anonymous: { role: operator }, roles: { operator: [{ uri: trunkline.admin.**, allow: [call, subscribe] }] } }
`

let folder: WorkersFolder
let routers: Routers
let address: string
/** An operator at each worker, by its name. */
const operators = new Map<string, Session>()
/** Guests of the first realm at each worker. */
const guests = new Map<string, Session>()

const join = (realm: string): Promise<Session> => openSession({ url: address, realm, calls: calls() })
const api = (session: Session) => session.use(adminApi)
const all = () => [...operators.values()].map(api)

function firstOperator(): Session {
  const [operator] = operators.values()
  if (operator === undefined) throw new Error('no operator')
  return operator
}

/** Sessions of a realm, one at each worker. */
async function oneOfEach(realm: string, sessions: Map<string, Session>): Promise<void> {
  const spare: Session[] = []
  while (sessions.size < 3) {
    const session = await join(realm)
    const asked = operators.values().next().value ?? session
    const { node } = await api(asked).view.session(session.id)
    if (node === null || sessions.has(node)) spare.push(session)
    else sessions.set(node, session)
  }
  await Promise.all(spare.map((session) => session.leave()))
}

describe.skipIf(process.platform !== 'linux')('the admin API of several workers', () => {
  beforeAll(async () => {
    folder = await WorkersFolder.make(buildCommand)
    folder.configure(CONFIGURATION)
    routers = folder.start()
    address = await routers.open()
    await oneOfEach('ops', operators)
    await oneOfEach('first', guests)
  })
  afterAll(() => {
    Child.killAll()
    folder.remove()
  })

  it('shows the nodes that the one that answers is linked to', async () => {
    for (const { view } of all()) {
      // A node says that it is up a moment after it has said that it joins.
      const known = async (): Promise<{ names: string[]; states: string[] }> => {
        const { node, nodes } = await view.nodes()
        const names = [node, ...nodes.map((other) => other.node)].toSorted((one, other) => one.localeCompare(other))
        return { names, states: nodes.map(({ state }) => state) }
      }
      await expect.poll(known).toEqual({ names: ['worker-0', 'worker-1', 'worker-2'], states: ['up', 'up'] })
    }
  })

  it('has one status, whichever worker answers, with a row for each', async () => {
    const [pid, workers] = [routers.child.pid, workersOf(routers.child.pid)]
    for (const { view } of all()) {
      const status = await view.status()
      expect(status).toMatchObject({ pid, realms: 3, sessions: 6, missing: [] })
      expect(status.nodes.map(({ node, own, sessions }) => [node, own, sessions])).toEqual([
        ['worker-0', true, 2],
        ['worker-1', true, 2],
        ['worker-2', true, 2],
      ])
      expect(new Set(status.nodes.map((node) => node.pid))).toEqual(new Set(workers))
      expect(status.memory.rss).toBe(status.nodes.reduce((sum, { memory }) => sum + memory.rss, 0))
    }
  })

  it('lists sessions, procedures and topics of all, each once, page by page', async () => {
    const [one, two, three] = [...guests.values()]
    for (const guest of guests.values()) {
      await guest.register('com.shared', () => 'yes', { invoke: 'roundrobin' })
      await guest.subscribe('com.news', () => {})
    }
    await one?.register('com.one', () => 1)
    await two?.subscribe('com.two', () => {})
    await three?.call('com.shared')
    await one?.call('com.one')
    await two?.call('com.one')
    for (const { view } of all()) {
      const found: string[] = []
      let after: string | undefined
      do {
        const page = await view.sessions({ limit: 2, after })
        expect([page.total, page.missing, page.sessions.length <= 2]).toEqual([6, [], true])
        found.push(...page.sessions.map(({ session, node }) => `${session} ${node}`))
        after = page.next ?? undefined
      } while (after !== undefined)
      const there = [...guests, ...operators].map(([worker, { id }]) => `${id} ${worker}`)
      expect(found.toSorted()).toEqual(there.toSorted())
      const { procedures, total } = await view.procedures({ realm: 'first' })
      expect(total).toBe(2)
      expect(procedures.map(({ procedure, callees, calls: taken }) => `${procedure} ${callees} ${taken}`).toSorted()).toEqual([
        'com.one 1 2',
        'com.shared 3 1',
      ])
      const { topics, total: topicCount } = await view.topics({ realm: 'first' })
      expect(topicCount).toBe(2)
      expect(topics.map(({ topic, subscribers }) => `${topic} ${subscribers}`).toSorted()).toEqual(['com.news 3', 'com.two 1'])
      const { realms } = await view.realms()
      expect(realms.find(({ realm }) => realm === 'first')).toEqual({ realm: 'first', sessions: 3, procedures: 2, topics: 2 })
    }
  })

  it('shows live traffic of all in the order of time, and each line once', async () => {
    const [operator] = all()
    const tail = operator?.view.tail.stream({ realm: 'first', kinds: ['publish'] })
    if (tail === undefined) throw new Error('no operator')
    const lines: ShownTail['lines'][number][] = []
    let isBegun = false
    for await (const part of tail) {
      lines.push(...part.lines)
      if (!isBegun) for (const guest of [...guests.values(), ...guests.values()]) await guest.publish('com.seen', [], { acknowledge: true })
      isBegun = true
      if (lines.length >= 6) break
    }
    const seen = lines.map(({ node, from }) => `${from.session} ${node}`)
    const published = [...guests].map(([worker, { id }]) => `${id} ${worker}`)
    expect(seen.toSorted()).toEqual([...published, ...published].toSorted())
    expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).toSorted())
  })

  it('has one picture of who publishes for whom', async () => {
    const [operator] = all()
    const pictures = operator?.view.graph.stream({ realm: 'first', by: 'authrole', seconds: 1 })
    if (pictures === undefined) throw new Error('no operator')
    const timer = setInterval(() => {
      for (const guest of guests.values()) void guest.publish('com.news', [])
    }, 50)
    for await (const { publications, missing } of pictures) {
      const [row] = publications
      if (row === undefined) continue
      expect([row.topic, row.subscribers, row.to, missing]).toEqual([
        'com.news',
        3,
        [{ authrole: 'guest', authid: null, session: null, sessions: 3 }],
        [],
      ])
      break
    }
    clearInterval(timer)
  })

  it('tells each change once, by any worker that is asked', async () => {
    const joined: number[] = []
    const operator = firstOperator()
    const events = await api(operator).view.changed.subscribe()
    const newcomers = await Promise.all(Array.from({ length: 8 }, () => join('second')))
    let opened = 0
    for await (const { value } of events) {
      opened += value.sessions_opened
      joined.push(...value.joined.filter(({ realm }) => realm === 'second').map(({ session }) => session))
      if (joined.length >= 8) break
    }
    expect(new Set(joined)).toEqual(new Set(newcomers.map(({ id }) => id)))
    expect(joined).toHaveLength(8)
    expect(opened).toBeGreaterThanOrEqual(8)
    await Promise.all(newcomers.map((session) => session.leave()))
  })

  it('kicks sessions of all, and sets the log levels of all', async () => {
    const [first, second] = all()
    const victims = await Promise.all(Array.from({ length: 8 }, () => join('second')))
    expect(await first?.kick({ realm: 'second', authrole: 'guest' })).toEqual({ sessions: 8, missing: [] })
    await Promise.all(victims.map(({ closed }) => closed))
    const stranger = await join('second')
    expect(await first?.kick({ session: stranger.id })).toEqual({ sessions: 1, missing: [] })
    if (first !== undefined) expect((await errorOf(first.kick({ session: stranger.id })))[0]).toBe('wamp.error.no_such_session')
    expect(await first?.setLogLevel('debug', { area: 'rights' })).toMatchObject({ missing: [] })
    expect(await second?.view.status()).toMatchObject({ log_areas: { rights: 'debug' } })
  })

  it('names a worker that does not answer, and waits for it once', async () => {
    const [name, operator] = [...operators][0] ?? []
    const status = await (operator && api(operator).view.status())
    const silent = status?.nodes.find(({ node }) => node !== name)
    process.kill(silent?.pid ?? 0, 'SIGSTOP')
    try {
      const during = await (operator && api(operator).view.status())
      expect(during?.missing).toEqual([silent?.node])
      expect(during?.nodes).toHaveLength(2)
      for (let i = 0; i < 20; i++) expect((await (operator && api(operator).view.limits()))?.missing).toEqual([silent?.node])
    } finally {
      process.kill(silent?.pid ?? 0, 'SIGCONT')
    }
    while ((await (operator && api(operator).view.limits()))?.missing.length !== 0);
    expect((await (operator && api(operator).view.status()))?.nodes).toHaveLength(3)
  })

  it('goes on with another worker where one dies', async () => {
    const status = await api(firstOperator()).view.status()
    const leader = status.nodes[0]
    const [, operator] = [...operators].find(([worker]) => worker !== leader?.node) ?? []
    if (operator === undefined) throw new Error('no operator')
    const events = await api(operator).view.changed.subscribe()
    process.kill(leader?.pid ?? 0, 'SIGKILL')
    await routers.logs('the worker was replaced')
    const newcomer = await join('second')
    for await (const { value } of events) {
      if (value.joined.some(({ session }) => session === newcomer.id)) break
      if (value.realms.some(({ realm, sessions }) => realm === 'second' && sessions === 1)) break
    }
    const after = await api(operator).view.status()
    expect([after.nodes.length, after.missing]).toEqual([3, []])
    // The one that took its place logs as the others do.
    for (let level: unknown; level === undefined;) {
      const session = await join('ops')
      const { node } = await api(operator).view.session(session.id)
      if (node === leader?.node) level = (await api(session).view.status()).log_areas
      else await session.leave()
      if (level !== undefined) expect(level).toEqual({ rights: 'debug' })
    }
  })
})
