// A short simulation in every test run, and all plans that failed once.

import { createWorldParts, drawPlan, DurableTally, runDurable, runPlan, Tally, tracePlan, withNodes } from '@trunkline/testkit/simulation'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRegressions } from './kept.ts'

/** So that it takes no longer than a second or two. */
const SHORT = { least: 20, most: 50 }

describe('the simulation', () => {
  // Refusals create errors whose traces are never read, and creating traces is slow.
  const { stackTraceLimit } = Error
  beforeAll(() => {
    Error.stackTraceLimit = 0
  })
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit
  })

  it('finds no difference between router and model in a hundred worlds', async () => {
    const parts = createWorldParts()
    const tally = new Tally()
    for (let seed = 1; seed <= 100; seed++) {
      const { failure, history } = await runPlan(drawPlan(seed, SHORT), parts, tally)
      expect(failure, `seed ${seed}\n${history.excerpt(20)}`).toBeUndefined()
    }
    expect(tally.messagesOut).toBeGreaterThan(2000)
    expect(tally.slowConsumers).toBeGreaterThan(0)
  }, 60_000)

  it('finds no difference between three linked nodes and the model of one router', async () => {
    const parts = createWorldParts()
    const tally = new Tally()
    for (let seed = 1; seed <= 25; seed++) {
      const { failure, history } = await runPlan(withNodes(drawPlan(seed, SHORT), 3), parts, tally)
      expect(failure, `seed ${seed}\n${history.excerpt(20)}`).toBeUndefined()
    }
    expect(tally.frames).toBeGreaterThan(500)
  }, 60_000)

  it('finds nothing lost of durable topics in fifty worlds', async () => {
    const tally = new DurableTally()
    for (let seed = 1; seed <= 50; seed++) {
      const { failure } = await runDurable(seed, tally)
      expect(failure, `seed ${seed}`).toBeUndefined()
    }
    expect(tally.recovered).toBeGreaterThan(50)
    expect(tally.notRecovered).toBeGreaterThan(5)
    expect(tally.crashes).toBeGreaterThan(50)
  }, 60_000)

  it('gives the same history for the same seed', async () => {
    const [first, second] = await Promise.all([14, 14].map((seed) => tracePlan(drawPlan(seed), createWorldParts(), new Tally())))
    expect(first?.history.excerpt(Infinity)).toBe(second?.history.excerpt(Infinity))
  })

  for (const { name, failed, plan } of readRegressions()) {
    it(`passes ${name}, which failed once`, async () => {
      const { failure, history } = await runPlan(plan, createWorldParts(), new Tally())
      expect(failure, `${failed}\n${history.excerpt(40)}`).toBeUndefined()
    })
  }
})
