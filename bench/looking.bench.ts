// Measures what operators who look at live traffic cost a routed message, without sockets: two routers in one process take turns, and
// only one of them is looked at. Run: npx tsx --conditions=trunkline-source bench/looking.bench.ts. It must never use a network.

import { Graph } from '../packages/cli/src/admin/graph.ts'
import type { Look } from '../packages/cli/src/admin/traffic.ts'
import { Tail } from '../packages/cli/src/admin/tail.ts'
import { Traffic } from '../packages/cli/src/admin/traffic.ts'
import { calls, compare, events, Scene, SUBSCRIBERS } from './in-process.ts'

/** A round takes some 50 ms. */
const ROUNDS_IN_A_TICK = 4
const READER = { send: () => undefined, hasRoom: () => true }

/** A router that is looked at; as in a process that serves others, time goes on for looks five times a second. */
function watched(look: (scene: Scene) => Look): Scene {
  const scene = new Scene()
  const [traffic, one] = [new Traffic(scene.router), look(scene)]
  traffic.add(one, 1)
  let rounds = 0
  scene.onRound = () => ++rounds % ROUNDS_IN_A_TICK === 0 && one.tick(400)
  return scene
}

const tail = (): Look => new Tail({}, READER, undefined)
const graph = ({ router }: Scene): Look => new Graph({}, READER, router)

for (const [name, look] of [
  ['tail', tail],
  ['graph', graph],
] as const) {
  compare(`call, ${name} to none`, calls(watched(look)), calls(new Scene()))
  compare(`publication to ${SUBSCRIBERS}, ${name} to none`, events(watched(look)), events(new Scene()))
}
process.exit()
