// Shows the turns of callers.

import { expect, it } from 'vitest'
import { CallerTurns } from './caller-turns.ts'

it('gives each caller a turn after the other, and keeps the order of each', () => {
  const turns = new CallerTurns<string>()
  for (const what of ['a1', 'a2', 'a3', 'b1', 'b2']) turns.add(what.charCodeAt(0), what)
  const taken = [turns.next(), turns.next()]
  turns.add(3, 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect([taken, turns.next()]).toEqual([['a1', 'b1', 'a2', 'b2', 'c1', 'a3'], undefined])
})
