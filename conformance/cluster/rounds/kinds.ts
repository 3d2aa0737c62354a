// The kinds of faults of a cluster: what is done in one round of each, and which signs of it clients may get.

import { CANCELED, DRAINING, NETWORK_FAILURE, NO_SUCH_PROCEDURE } from '@trunkline/protocol'
import type { Expectation } from '../../faults/checker.ts'
import type { PartName } from '../../faults/crew.ts'
import { FAULTS, pass } from '../times.ts'
import type { ClusterStage, NodeName } from './stage.ts'
import { HOMES, NODES } from './stage.ts'

export interface ClusterKind {
  readonly name: string
  readonly about: string
  /** How many rounds there are in the short run. */
  readonly shortRounds: number
  /** What is wrong. */
  round(stage: ClusterStage): Promise<readonly string[]>
}

/** Which nodes each node is to say it has lost. */
type Losses = Readonly<Partial<Record<NodeName, readonly NodeName[]>>>

const LOST = [NETWORK_FAILURE, NO_SUCH_PROCEDURE]

export const CLUSTER_KINDS: readonly ClusterKind[] = [
  { name: 'nats-killed', about: 'kill -9 of a server of NATS, which is started again', shortRounds: 0, round: natsKilled },
  { name: 'nats-stopped', about: 'a server of NATS stands still for 3 s', shortRounds: 0, round: natsStopped },
  {
    name: 'nats-away-2',
    about: 'all servers of NATS are killed, and are back within 2 s',
    shortRounds: 0,
    round: (stage) => natsAway(stage, 1_500, false),
  },
  { name: 'nats-away-10', about: 'all servers of NATS are away for 10 s', shortRounds: 1, round: (stage) => natsAway(stage, 10_000, true) },
  {
    name: 'node-killed',
    about: 'kill -9 of a node, which is started again when the others have lost it',
    shortRounds: 1,
    round: (stage) => killed(stage, 7_000),
  },
  {
    name: 'node-killed-briefly',
    about: 'kill -9 of a node, which is started again at once',
    shortRounds: 0,
    round: (stage) => killed(stage, 0),
  },
  {
    name: 'node-stopped-3',
    about: 'a node stands still for 3 s',
    shortRounds: 0,
    round: (stage) => stopped(stage, FAULTS.nodeStillMs, false),
  },
  {
    name: 'node-stopped-8',
    about: 'a node stands still for 8 s',
    shortRounds: 1,
    round: (stage) => stopped(stage, FAULTS.nodeLostMs, true),
  },
  { name: 'node-stopped-30', about: 'a node stands still for 30 s', shortRounds: 0, round: (stage) => stopped(stage, 30_000, true) },
  { name: 'node-drained', about: 'SIGTERM of a node under load, which is started again', shortRounds: 0, round: drained },
  { name: 'rolling', about: 'SIGTERM of all nodes, one after the other', shortRounds: 1, round: rolling },
  {
    name: 'partition',
    about: 'nothing passes between a node and the others for 8 s, though both reach NATS',
    shortRounds: 0,
    round: partition,
  },
  { name: 'partition-brief', about: 'the same for 2.5 s', shortRounds: 0, round: partitionBriefly },
  { name: 'partition-partial', about: 'nothing passes between two nodes for 8 s; the third sees both', shortRounds: 0, round: partial },
  {
    name: 'lossy',
    about: 'for 3 s one message of ten is lost, one of twenty comes twice, each is up to 150 ms late',
    shortRounds: 1,
    round: lossy,
  },
]

async function natsKilled(stage: ClusterStage): Promise<readonly string[]> {
  await someTime()
  const server = oneOf(stage.servers)
  await server.kill()
  await pass(1_000 * Math.random())
  await server.start()
  await someTime()
  return judge(stage, { errors: [] })
}

async function natsStopped(stage: ClusterStage): Promise<readonly string[]> {
  await someTime()
  const server = oneOf(stage.servers)
  server.freeze()
  await pass(3_000)
  server.thaw()
  await someTime()
  return judge(stage, { errors: [] })
}

async function natsAway(stage: ClusterStage, ms: number, isLong: boolean): Promise<readonly string[]> {
  await someTime()
  await Promise.all(stage.servers.map((server) => server.kill()))
  await pass(ms)
  await Promise.all(stage.servers.map((server) => server.start()))
  if (!isLong) return judge(stage, { errors: [] })
  return judge(stage, { errors: LOST }, { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b'] })
}

/** A node that is heard again with a new life before it was lost is lost in this moment. */
async function killed(stage: ClusterStage, awayMs: number): Promise<readonly string[]> {
  await someTime()
  const name = oneOf(NODES)
  const before = stage.partsOf(name)
  await stage.node(name).kill()
  await pass(awayMs)
  await stage.node(name).start()
  await stage.partsBack(before)
  return judge(stage, { errors: LOST, lostNodeOf: [...before.keys()] }, lossesOf(name))
}

async function stopped(stage: ClusterStage, ms: number, isLong: boolean): Promise<readonly string[]> {
  await someTime()
  const name = oneOf(NODES)
  stage.node(name).freeze()
  await pass(ms)
  stage.node(name).thaw()
  await someTime()
  return isLong ? judge(stage, { errors: LOST }, bothWays(name)) : judge(stage, { errors: [] })
}

async function drained(stage: ClusterStage): Promise<readonly string[]> {
  await someTime()
  const name = oneOf(NODES)
  const acceptedBefore = Date.now()
  const faults = await restart(stage, name)
  return [...faults, ...(await judge(stage, { errors: whileDrained([name]), acceptedBefore }))]
}

async function rolling(stage: ClusterStage): Promise<readonly string[]> {
  const faults: string[] = []
  for (const name of NODES) faults.push(...(await restart(stage, name)))
  return [...faults, ...(await judge(stage, { errors: whileDrained(NODES) }))]
}

async function restart(stage: ClusterStage, name: NodeName): Promise<readonly string[]> {
  const before = stage.partsOf(name)
  const node = stage.node(name)
  const code = await node.stop()
  await node.start()
  await stage.partsBack(before)
  await stage.isWhole()
  return code === 0 ? [] : [`N3: node ${name} ended with ${code ?? 'a signal'}`]
}

/** A call that comes to a node in the moment in which it says GOODBYE may be refused; none at another node. */
function whileDrained(names: readonly NodeName[]): (part: string) => readonly string[] {
  return (part) => (names.includes(HOMES[part as PartName]) ? [DRAINING, CANCELED] : [])
}

async function partition(stage: ClusterStage): Promise<readonly string[]> {
  const name = oneOf(NODES)
  await apart(stage, name, othersOf(name), 8_000)
  return judge(stage, { errors: LOST }, bothWays(name))
}

async function partitionBriefly(stage: ClusterStage): Promise<readonly string[]> {
  const name = oneOf(NODES)
  await apart(stage, name, othersOf(name), 2_500)
  return judge(stage, { errors: [] })
}

async function partial(stage: ClusterStage): Promise<readonly string[]> {
  const third = oneOf(NODES)
  const [one, other] = othersOf(third) as [NodeName, NodeName]
  await apart(stage, one, [other], 8_000)
  return judge(stage, { errors: LOST }, { [one]: [other], [other]: [one] })
}

async function lossy(stage: ClusterStage): Promise<readonly string[]> {
  const bad = { loss: 0.1, repetition: 0.05, delayMs: 150 }
  await stage.weather({ a: bad, b: bad, c: bad })
  await pass(3_000)
  await stage.weather({})
  return judge(stage, { errors: [] })
}

/** Nothing passes between a node and some others. */
async function apart(stage: ClusterStage, name: NodeName, others: readonly NodeName[], ms: number): Promise<void> {
  await someTime()
  const deafToIt = Object.fromEntries(others.map((other) => [other, { deafTo: [name] }]))
  await stage.weather({ ...deafToIt, [name]: { deafTo: others } })
  await pass(ms)
  await stage.weather({})
  await someTime()
}

/** When the nodes see one another again and nothing is in flight. */
export async function judge(
  stage: Pick<ClusterStage, 'isWhole' | 'crew' | 'told'>,
  expectation: Expectation,
  losses: Losses = {},
): Promise<readonly string[]> {
  await stage.isWhole()
  const faults = await stage.crew.settle(expectation)
  return [...faults, ...lossFaults(stage.told(), losses)]
}

/** An event says once of each loss that it began, and once that it is over; no other does. */
function lossFaults(told: readonly string[], losses: Losses): string[] {
  const expected = Object.entries(losses).flatMap(([node, lost]) =>
    lost.flatMap((other) => [`${node}: lost ${other}`, `${node}: back ${other}`]),
  )
  const [is, shouldBe] = [told, expected].map((lines) => lines.toSorted().join(', '))
  return is === shouldBe ? [] : [`signs: ${is === '' ? 'none' : is}, expected ${shouldBe === '' ? 'none' : shouldBe}`]
}

/** What the others say of a node that was killed. */
function lossesOf(name: NodeName): Losses {
  return Object.fromEntries(othersOf(name).map((other) => [other, [name]]))
}

/** And what it says of them, where it goes on. */
function bothWays(name: NodeName): Losses {
  return { ...lossesOf(name), [name]: othersOf(name) }
}

function othersOf(name: NodeName): NodeName[] {
  return NODES.filter((each) => each !== name)
}

function oneOf<Each>(all: readonly Each[]): Each {
  const one = all[Math.floor(Math.random() * all.length)]
  if (one === undefined) throw new Error('there is none')
  return one
}

/** Under load. */
function someTime(): Promise<void> {
  return pass(20 + 280 * Math.random())
}
