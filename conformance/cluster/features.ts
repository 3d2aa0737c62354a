// What clients do over nodes while all is well.

import { once } from 'node:events'
import type { Session } from 'autobahn'
import autobahn from 'autobahn'
import { check, failureOf, same } from './checks.ts'
import { Seen } from './seen.ts'
import type { Stage } from './stage.ts'

export async function checkFeatures(stage: Stage): Promise<void> {
  const [a, b, c] = [await stage.at('a'), await stage.at('b'), await stage.at('c')]
  await a.register('test.add', ({ args: [one, other] }) => Number(one) + Number(other))

  await check('a call reaches a callee of another node, with its error', async () => {
    await a.register('test.fail', () => Promise.reject(new Error('no')))
    same(await b.call('test.add', [2, 3]), 5, 'at b')
    same(await c.call('test.add', [20, 30]), 50, 'at c')
    same((await failureOf(b.call('test.fail'))).uri, 'wamp.error.runtime_error', 'the error')
  })

  await check('events are there at all nodes, in order, from SUBSCRIBED on', async () => {
    const got = [new Seen<unknown>(), new Seen<unknown>()]
    await Promise.all([b, c].map((client, i) => client.subscribe('test.news', ({ args }) => got[i]?.add(args[0]))))
    const sent = Array.from({ length: 500 }, (_, i) => i)
    for (const number of sent) void a.publish('test.news', [number])
    await Promise.all(got.map((each) => each.until((all) => all.length === sent.length, 'all events')))
    same(
      got.map(({ all }) => all),
      [sent, sent],
      'the events',
    )
  })

  await check('a subscription and a registration by prefix and by wildcard', async () => {
    const got = new Seen<string>()
    await b.subscribe('test.prefix.', ({ topic }) => got.add(topic), { match: 'prefix' })
    await c.subscribe('test..wild', ({ topic }) => got.add(topic), { match: 'wildcard' })
    await a.publish('test.prefix.one', [], { acknowledge: true })
    await a.publish('test.two.wild', [], { acknowledge: true })
    await got.until((all) => all.length === 2, 'both events')
    same(got.all.toSorted(), ['test.prefix.one', 'test.two.wild'], 'the topics')
    await b.register('test.any.', ({ procedure }) => procedure, { match: 'prefix' })
    same(await c.call('test.any.thing'), 'test.any.thing', 'the procedure called')
  })

  await check('a shared procedure has callees on several nodes, those of the own node first', async () => {
    for (const [name, client] of Object.entries({ a, b })) await client.register('test.shared', () => name, { invoke: 'roundrobin' })
    same(await Promise.all([a.call('test.shared'), b.call('test.shared')]), ['a', 'b'], 'the callees of the own nodes')
    const answers = await Promise.all(Array.from({ length: 4 }, () => c.call<string>('test.shared')))
    same(
      answers.toSorted((one, other) => one.localeCompare(other)),
      ['a', 'a', 'b', 'b'],
      'the callees of other nodes',
    )
  })

  await check('a single procedure has one callee in the whole cluster', async () => {
    same((await failureOf(c.register('test.add', () => 0).then((it) => it))).uri, 'wamp.error.procedure_already_exists', 'the error')
  })

  await check('progressive results', async () => {
    await a.register('test.count', async function* ({ args: [to] }) {
      for (let i = 0; i < Number(to); i++) yield i
      return 'done'
    })
    const parts: unknown[] = []
    const result = await b.call('test.count', [5], { onProgress: ({ args }) => void parts.push(args[0]) })
    same([...parts, result], [0, 1, 2, 3, 4, 'done'], 'the results')
  })

  await check('a call that is canceled interrupts its callee', async () => {
    let begin = (_: AbortSignal): void => {}
    const begun = new Promise<AbortSignal>((resolve) => (begin = resolve))
    await a.register('test.long', ({ signal }) => {
      begin(signal)
      return new Promise(() => {})
    })
    const abort = new AbortController()
    const call = failureOf(b.call('test.long', [], { signal: abort.signal, cancelMode: 'killnowait' }))
    const signal = await begun
    const interrupted = once(signal, 'abort')
    abort.abort()
    await call
    await interrupted
  })

  await check('the meta API knows all sessions, and tells once of each', async () => {
    const joined = [new Seen<number>(), new Seen<number>()] as const
    for (const [i, client] of [a, b].entries()) {
      await client.subscribe('wamp.session.on_join', ({ args: [details] }) => joined[i]?.add((details as { session: number }).session))
    }
    const d = await stage.sessionAt('c')
    // A node counts the sessions of another when it hears of them.
    for (const seen of joined) await seen.until((all) => all.length > 0, 'on_join')
    const counted = await Promise.all([a, b, c].map((client) => client.call('wamp.session.count')))
    same(counted, [4, 4, 4], 'the numbers of sessions')
    same((await a.call<number[]>('wamp.session.list')).includes(d.id), true, 'whether the list has the new session')
    for (const seen of joined) same(seen.all, [d.id], 'who joined')
    await d.leave()
  })

  await check('autobahn-js calls, answers, publishes and subscribes over nodes', async () => {
    const connection = new autobahn.Connection({
      transports: [{ type: 'websocket', url: stage.node('b').url }],
      realm: 'realm1',
      max_retries: 0,
    })
    const session = await new Promise<Session>((resolve) => {
      connection.onopen = resolve
      connection.open()
    })
    same(await session.call('test.add', [4, 5]), 9, 'its call')
    await session.register('test.foreign', (args) => `foreign ${String(args?.[0])}`)
    same(await c.call('test.foreign', [1]), 'foreign 1', 'its answer')
    const got = new Seen<unknown>()
    await session.subscribe('test.to.foreign', (args) => got.add(args?.[0]))
    await c.subscribe('test.of.foreign', ({ args }) => got.add(args[0]))
    await a.publish('test.to.foreign', ['ours'])
    void session.publish('test.of.foreign', ['theirs'])
    await got.until((all) => all.includes('ours') && all.includes('theirs'), 'both events')
    connection.close()
  })
  await stage.leave()
}
