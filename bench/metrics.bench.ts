// Measures what metrics that are read cost a routed message, without sockets: two routers in one process take turns, and only one of
// them times its calls. Run: npx tsx --conditions=trunkline-source bench/metrics.bench.ts. It must never use a network.

import { calls, compare, events, Scene, SUBSCRIBERS } from './in-process.ts'

function measured(): Scene {
  const scene = new Scene()
  scene.router.durations.start()
  return scene
}

compare('call, metrics on to off', calls(measured()), calls(new Scene()))
compare(`publication to ${SUBSCRIBERS}, metrics on to off`, events(measured()), events(new Scene()))
