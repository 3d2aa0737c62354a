// A durable subscription as it is given to a store, apart from what its giver changes later.

import type { DurableConsumer } from '../core/ports/index.ts'

export function copyOfConsumer(consumer: DurableConsumer): DurableConsumer {
  const { filter, settings, ackedAbove, attempts } = consumer
  return {
    ...consumer,
    filter: { ...filter },
    settings: { ...settings },
    ackedAbove: [...ackedAbove],
    attempts: new Map(attempts),
  }
}
