// The figures of a run, for people.

import type { Tally } from '@trunkline/testkit/simulation'

/** Prints what was simulated. */
export function printTally(tally: Tally, seconds: number): void {
  const faults = ['drop', 'vanish', 'stall', 'hostile'].map((kind) => `${tally.byKind.get(kind) ?? 0} ${kind}`).join(', ')
  console.log(`${tally.seeds} seeds in ${seconds.toFixed(1)} s: ${Math.round(tally.seeds / seconds)} a second`)
  console.log(
    `${tally.steps} steps, ${tally.connections} connections, ${tally.messagesIn} messages in, ${tally.messagesOut} out, ` +
      `${(tally.seconds / 3600).toFixed(1)} simulated hours`,
  )
  console.log(
    `faults: ${faults}, ${tally.slowConsumers} slow consumers closed, ${tally.gaps} gaps reported ${tally.missed} events; ${tally.checks} comparisons`,
  )
  console.log(`${tally.rerouted} calls went on to another callee; ${tally.queries} queries of histories found ${tally.pastEvents} events`)
  if (tally.frames > 0) console.log(`${tally.frames} frames between nodes`)
  if (tally.due > 0) console.log(`${tally.due} events had to come or to be counted as missed: ${tally.uncarried} were counted`)
  console.log(`sent by the router: ${listOf(tally.byAnswer)}`)
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name.replaceAll('wamp.', '')} ${count}`)
    .join(', ')
}
