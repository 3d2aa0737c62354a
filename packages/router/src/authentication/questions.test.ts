import { expect, it } from 'vitest'
import type { ProcedureCaller } from '../core/ports/index.ts'
import { Questions } from './questions.ts'

/** The same as the number of questions of one address that are open at a time. */
const TURNS = 16

it('a question that is abandoned twice gives its turn back once', () => {
  const called: string[] = []
  const caller: ProcedureCaller = { call: (procedure) => (called.push(procedure), () => undefined) }
  const questions = new Questions(
    () => 0,
    (address) => address,
  )
  const ask = (procedure: string): (() => void) => questions.ask({ caller, procedure, args: [], deadlineMs: 1_000 }, '192.0.2.1', () => {})
  for (let i = 0; i < TURNS; i++) ask('first')
  const abandon = ask('abandoned')
  ask('waiting')
  abandon()
  abandon()
  expect(called).toEqual(Array(TURNS).fill('first'))
})
