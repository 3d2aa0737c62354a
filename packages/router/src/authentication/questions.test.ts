import { describe, expect, it } from 'vitest'
import type { CallOutcome, ProcedureCaller } from '../core/ports/index.ts'
import { Questions } from './questions.ts'

/** The same as the number of questions of one address that are open at a time. */
const TURNS = 16

it('a question that is abandoned twice gives its turn back once', () => {
  const called: string[] = []
  const caller: ProcedureCaller = { call: (_procedure, [name]) => (called.push(String(name)), () => undefined) }
  const questions = new Questions(
    () => 0,
    (address) => address,
  )
  const ask = (name: string): (() => void) =>
    questions.ask({ caller, procedure: 'com.auth', args: [name], deadlineMs: 1_000 }, '192.0.2.1', () => {})
  for (let i = 0; i < TURNS; i++) ask('first')
  const abandon = ask('abandoned')
  ask('waiting')
  abandon()
  abandon()
  expect(called).toEqual(Array(TURNS).fill('first'))
})

describe('a procedure that is asked about many clients', () => {
  const LIMIT_MS = 1_000

  /** Questions, the addresses for which the procedure is working, and those whose clients have heard something. */
  class Asked {
    now = 0
    readonly #done: ((outcome: CallOutcome) => void)[] = []
    readonly working: string[] = []
    readonly heard: string[] = []
    cancelled = 0
    readonly #caller: ProcedureCaller = {
      call: (_procedure, [address], _options, done) => {
        this.working.push(String(address))
        this.#done.push(done)
        return () => void this.cancelled++
      },
    }
    readonly questions = new Questions(
      () => this.now,
      (address) => address,
    )

    ask(address: string, count: number): void {
      const call = { caller: this.#caller, procedure: 'com.auth', args: [address], deadlineMs: LIMIT_MS }
      for (let i = 0; i < count; i++) this.questions.ask(call, address, () => void this.heard.push(address))
    }

    /** The procedure answers what it was asked first. */
    answerFirst(): void {
      this.working.shift()
      this.#done.shift()?.({ args: [], kwargs: {} })
    }

    tickAt(now: number): void {
      this.now = now
      this.questions.tick(now)
    }
  }

  it('is asked for one address after another, so that one with few logins waits for one round', () => {
    const asked = new Asked()
    const attackers = Array.from({ length: 10 }, (_, i) => `attacker ${i}`)
    for (const address of attackers) asked.ask(address, 100)
    expect(asked.working.length).toBe(64)
    asked.ask('honest', 2)
    for (let i = 0; i < 12; i++) asked.answerFirst()
    expect(asked.working).toContain('honest')
  })

  it('is asked no more than are left for other addresses', () => {
    const asked = new Asked()
    for (const address of ['a', 'b', 'c', 'd']) asked.ask(address, 16)
    expect(asked.working.filter((each) => each === 'd').length).toBe(8)
    asked.ask('honest', 1)
    expect(asked.working).toContain('honest')
  })

  it('is not asked more while it works on what took too long, until that is cancelled', () => {
    const asked = new Asked()
    asked.ask('a', 17)
    asked.tickAt(LIMIT_MS)
    expect([asked.heard.length, asked.working.length, asked.cancelled]).toEqual([17, 16, 0])
    asked.ask('a', 1)
    expect(asked.working.length).toBe(16)
    asked.answerFirst()
    expect([asked.working.length, asked.heard.length]).toEqual([16, 17])
    asked.ask('a', 1)
    asked.tickAt(2 * LIMIT_MS - 1)
    expect([asked.working.length, asked.cancelled]).toEqual([16, 0])
    asked.tickAt(2 * LIMIT_MS)
    expect(asked.cancelled).toBe(15)
  })
})
