// Nodes that end: killed, drained, and restarted one after the other.

import type { Client } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import { check, failureOf, registerSilent, same, untilAnswer } from './checks.ts'
import { Flow } from './flow.ts'
import { Seen } from './seen.ts'
import type { Name, Stage } from './stage.ts'
import { LOST_MS, PACE, pass } from './times.ts'

const NAMES: readonly Name[] = ['a', 'b', 'c']

export async function checkRestarts(stage: Stage): Promise<void> {
  await checkKill(stage)
  await checkRolling(stage)
}

async function checkKill(stage: Stage): Promise<void> {
  const [a, b] = [await stage.at('a'), await stage.at('b')]
  const c = await stage.sessionAt('c')

  await check('a node is killed: its calls fail after 5 s, its sessions leave once, it joins again', async () => {
    const left = new Seen<unknown>()
    await b.subscribe('wamp.session.on_leave', ({ args: [session] }) => left.add(session))
    const { invoked } = await registerSilent(c, 'test.killed')
    const flow = await Flow.start(a, 'test.flow.killed', [b])
    const call = failureOf(a.call('test.killed'))
    await invoked
    for (const node of stage.nodes) node.forget()
    await stage.node('c').kill()
    const { uri, afterMs } = await call
    same(uri, 'wamp.error.network_failure', 'the error')
    if (afterMs > LOST_MS) throw new Error(`after ${afterMs} ms`)
    await stage.node('a').logs('node lost', '"c"')
    await stage.node('b').logs('node lost', '"c"')
    same((await failureOf(a.call('test.killed'))).uri, 'wamp.error.no_such_procedure', 'a call after that')
    await left.until((all) => all.includes(c.id), 'on_leave')
    await stage.node('c').start()
    await stage.node('a').logs('node joined', '"c"')
    same(left.all.filter((each) => each === c.id).length, 1, 'how many events on_leave there were')
    await flow.end()
  })

  await check('a node is killed and started again at once: its calls fail when it is heard again', async () => {
    const session = await stage.sessionAt('c')
    const { invoked } = await registerSilent(session, 'test.killed.again')
    const call = failureOf(b.call('test.killed.again'))
    await invoked
    await stage.node('c').kill()
    await Promise.all([stage.node('c').start(), call])
    const { uri, afterMs } = await call
    same(uri, 'wamp.error.network_failure', 'the error')
    if (afterMs > LOST_MS) throw new Error(`after ${afterMs} ms`)
  })
  await stage.leave()
}

/** Calls one after the other, and notes what fails. */
class Caller {
  calls = 0
  readonly failures: string[] = []
  readonly #ended: Promise<void>
  #isOver = false

  /** @param mayMove whether the router of the client may stop: a call that was sent just before is then made again */
  constructor(client: Client, mayMove = false) {
    this.#ended = this.#run(client, mayMove)
  }

  async #run(client: Client, mayMove: boolean): Promise<void> {
    while (!this.#isOver) {
      const value = ++this.calls
      try {
        const answer = await client.call('test.rolling', [value])
        if (answer !== value) this.failures.push(`${String(answer)} for ${value}`)
      } catch (error) {
        if (!mayMove || !(error instanceof DisconnectedError)) this.failures.push(String(error))
      }
      await pass(PACE.callMs)
    }
  }

  end(): Promise<void> {
    this.#isOver = true
    return this.#ended
  }
}

async function checkRolling(stage: Stage): Promise<void> {
  await stage.isWhole()
  const callees = await Promise.all(NAMES.map((name) => stage.movingFrom(name)))
  const movers = await Promise.all(NAMES.map((name) => stage.movingFrom(name)))
  for (const callee of callees) {
    await callee.register('test.rolling', ({ args: [value] }) => pass(PACE.answerMs, value), { invoke: 'roundrobin' })
  }

  await check('all nodes are restarted, one after the other: no call of a shared procedure fails', async () => {
    const moving = movers.map((client) => new Caller(client, true))
    const registration = await movers[0]?.call('wamp.registration.lookup', ['test.rolling'])
    const all = [...moving]
    for (const name of NAMES) {
      const others = await Promise.all(NAMES.filter((other) => other !== name).map((other) => stage.at(other)))
      const [witness] = others as [Client]
      const steady = others.map((client) => new Caller(client))
      all.push(...steady)
      same(await stage.node(name).stop(), 0, `the exit code of ${name}`)
      await stage.node(name).start()
      // The callee of that node is back, at whichever node it came to.
      await untilAnswer(witness, 'wamp.registration.count_callees', [registration], callees.length)
      await Promise.all(steady.map((each) => each.end()))
      await Promise.all(others.map((client) => client.stop()))
    }
    await Promise.all(moving.map((each) => each.end()))
    const count = all.reduce((sum, { calls }) => sum + calls, 0)
    same(
      all.flatMap(({ failures }) => failures),
      [],
      `the failures of ${count} calls`,
    )
    if (count < 500) throw new Error(`only ${count} calls`)
  })
  await stage.leave()

  await check('a node is drained: no event between the others is lost, and none that it took', async () => {
    const [a, b, c] = [await stage.at('a'), await stage.at('b'), await stage.movingFrom('c')]
    const [local, moving] = [await Flow.start(a, 'test.flow.drain', [b]), await Flow.start(c, 'test.flow.moving', [a, b])]
    same(await stage.node('c').stop(), 0, 'the exit code')
    await stage.node('c').start()
    await local.end()
    await moving.end()
  })
  await stage.leave()
}
