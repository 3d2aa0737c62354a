// What happens between nodes, and to them, while clients go on.

import { check, failureOf, registerSilent, same, untilAnswer } from './checks.ts'
import { Flow } from './flow.ts'
import { Seen } from './seen.ts'
import type { Stage } from './stage.ts'
import { FAULTS, LOST_MS, pass } from './times.ts'

export async function checkFaults(stage: Stage): Promise<void> {
  await checkServers(stage)
  await checkStandstill(stage)
  await checkPartition(stage)
}

async function checkServers(stage: Stage): Promise<void> {
  const { servers } = stage
  const [a, b, c] = [await stage.at('a'), await stage.at('b'), await stage.at('c')]
  await c.register('test.echo', ({ args: [value] }) => value)

  await check('a server of NATS is killed: no event is lost or out of order, calls are answered', async () => {
    const flow = await Flow.start(a, 'test.flow.server', [b, c])
    const used = servers.find(({ url }) => stage.node('a').output.lastIndexOf(`"${url}"`) >= 0) ?? servers[0]
    await used?.kill()
    same(await a.call('test.echo', ['on its way']), 'on its way', 'the answer')
    await Promise.all([flow.goesOn(0), flow.goesOn(1)])
    await flow.end()
    await used?.start()
  })

  await check('a server of NATS stands still for 4 s: no event is lost or out of order', async () => {
    const flow = await Flow.start(a, 'test.flow.still', [b, c])
    servers[0]?.freeze()
    await pass(FAULTS.serverStillMs)
    servers[0]?.thaw()
    await flow.end()
  })

  await check('all of NATS is away for 2 s: events come late, none is lost; local ones go on', async () => {
    const flow = await Flow.start(a, 'test.flow.away', [b, c])
    const local = await Flow.start(a, 'test.flow.local', [await stage.at('a')])
    await Promise.all(servers.map((server) => server.kill()))
    await pass(FAULTS.serversAwayMs)
    await local.goesOn(0, 1_000)
    await Promise.all(servers.map((server) => server.start()))
    await flow.end()
    await local.end()
  })
  await stage.leave()
}

async function checkStandstill(stage: Stage): Promise<void> {
  const [a, b, c] = [await stage.at('a'), await stage.at('b'), await stage.at('c')]

  await check('a node stands still for 3 s: events to it come late, none is lost, its calls are answered', async () => {
    await b.register('test.still', ({ args: [value] }) => value)
    const flow = await Flow.start(a, 'test.flow.node', [b, c])
    stage.node('b').freeze()
    const call = a.call('test.still', ['late'])
    await pass(FAULTS.nodeStillMs)
    stage.node('b').thaw()
    same(await call, 'late', 'the answer')
    await flow.end()
  })

  await check('a node stands still for 8 s: its calls fail after 5 s; it is back with its sessions and learns what it missed', async () => {
    const [left, nodes, gaps] = [new Seen<unknown>(), new Seen<string>(), new Seen<number>()]
    const subscription = await c.subscribe('wamp.session.on_leave', ({ args: [session] }) => left.add(session))
    await c.subscribe('trunkline.cluster.on_node_lost', ({ args: [node] }) => nodes.add(`lost ${String(node)}`))
    await c.subscribe('trunkline.cluster.on_node_back', ({ args: [node] }) => nodes.add(`back ${String(node)}`))
    await b.subscribe('test.missed', ({ details }) => gaps.add(Number(details['_gap'] ?? 0)))
    const { invoked } = await registerSilent(b, 'test.gone')
    const { id } = await b.session()
    for (const node of stage.nodes) node.forget()
    const call = failureOf(a.call('test.gone'))
    await invoked
    stage.node('b').freeze()
    const { uri, afterMs } = await call
    same(uri, 'wamp.error.network_failure', 'the error')
    if (afterMs > LOST_MS) throw new Error(`after ${afterMs} ms`)
    await left.until((all) => all.includes(id), 'on_leave')
    same((await failureOf(a.call('test.still'))).uri, 'wamp.error.no_such_procedure', 'a call meanwhile')
    for (let i = 0; i < 3; i++) await a.publish('test.missed', [], { acknowledge: true })
    await pass(Math.max(0, FAULTS.nodeLostMs - afterMs))
    stage.node('b').thaw()
    await stage.node('a').logs('node joined', '"b"')
    await untilAnswer(a, 'test.still', ['again'], 'again')
    same(left.all.filter((each) => each === id).length, 1, 'how many events on_leave there were')
    same(nodes.all, ['lost b', 'back b'], 'the events of nodes')
    await a.publish('test.missed', [], { acknowledge: true })
    await gaps.until((all) => all.length > 0, 'an event behind the gap')
    same(gaps.all, [3], 'how many events were missed')
    await subscription.unsubscribe()
  })
  await stage.leave()
}

async function checkPartition(stage: Stage): Promise<void> {
  const { servers } = stage
  const [a, c] = [await stage.sessionAt('a'), await stage.sessionAt('c')]
  const [own, caller] = [await stage.at('a'), await stage.at('b')]

  await check('all of NATS is away for 8 s: each node goes on alone, and what both sides claimed is settled after', async () => {
    await own.register('test.own', () => 'own')
    const { invoked } = await registerSilent(c, 'test.pending')
    const call = failureOf(own.call('test.pending'))
    await invoked
    await Promise.all(servers.map((server) => server.kill()))
    for (const node of stage.nodes) node.forget()
    same(await own.call('test.own'), 'own', 'a local call')
    const { uri, afterMs } = await call
    same(uri, 'wamp.error.network_failure', 'the error')
    if (afterMs > LOST_MS) throw new Error(`after ${afterMs} ms`)
    same(await own.call('test.own'), 'own', 'a local call')
    const earlier = await a.register('test.conflict', () => 'the earlier')
    await pass(FAULTS.serversAwayOnMs)
    const later = await c.register('test.conflict', () => 'the later')
    await Promise.all(servers.map((server) => server.start()))
    await stage.node('a').logs('node joined', '"c"')
    same((await earlier.ended).by, 'router', 'who ended the earlier')
    let isThere = true
    void later.ended.then(() => (isThere = false))
    await untilAnswer(caller, 'test.conflict', [], 'the later')
    // The answer to its own session comes behind the end of the registration, if that had been sent.
    same(await c.call('test.conflict'), 'the later', 'the answer at its own node')
    same(isThere, true, 'the later')
  })
  await stage.leave()
  await stage.isWhole()
}
