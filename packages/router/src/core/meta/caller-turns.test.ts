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

it('has what goes on before what its caller asked for later', () => {
  const turns = new CallerTurns<string>()
  for (const what of ['a1', 'a2', 'b1']) turns.add(what.charCodeAt(0), what)
  const taken = [turns.next()]
  turns.addFirst(97, 'a1 again')
  turns.addFirst(99, 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect(taken).toEqual(['a1', 'b1', 'a1 again', 'c1', 'a2'])
})
