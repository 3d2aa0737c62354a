// The process of the ways to NATS: nothing that the run itself does may hold up what passes between nodes. Takes orders from the run.

import { NatsWay } from './nats-way.ts'
import type { FromWays, ToWays } from './words.ts'

const ways = new Map<string, NatsWay>()

process.on('message', (order: ToWays) => void obey(order))
process.on('disconnect', () => process.exit(0))

async function obey(order: ToWays): Promise<void> {
  if ('open' in order) {
    const way = await NatsWay.open(order.ports)
    ways.set(order.open, way)
    return answer({ open: order.open, urls: way.urls })
  }
  for (const [name, way] of ways) {
    const { deafTo, ...weather } = order.weather[name] ?? CLEAR
    way.weather = { ...weather, deafTo: new Set(deafTo) }
  }
  answer({ isSet: true })
}

function answer(message: FromWays): void {
  process.send?.(message)
}

const CLEAR = { deafTo: [], loss: 0, repetition: 0, delayMs: 0 }
