// Shows the turns of callers.

import { expect, it } from 'vitest'
import { CallerTurns } from './caller-turns.ts'

/** The caller and owner of an entry such as `a1`: each caller is an owner of its own. */
const of = (what: string) => ({ owner: what.charAt(0), caller: what.charCodeAt(0) })

it('gives each caller a turn after the other, and keeps the order of each', () => {
  const turns = new CallerTurns<string>()
  for (const what of ['a1', 'a2', 'a3', 'b1', 'b2']) turns.add(of(what), what)
  const taken = [turns.next(), turns.next()]
  turns.add(of('c'), 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect([taken, turns.next()]).toEqual([['a1', 'b1', 'a2', 'b2', 'c1', 'a3'], undefined])
})

it('gives owners turns first: many sessions of one do not come before one of another', () => {
  const turns = new CallerTurns<string>()
  for (let caller = 1; caller <= 3; caller++) for (const i of [1, 2]) turns.add({ owner: 'a', caller }, `a${caller}.${i}`)
  turns.add({ owner: 'b', caller: 9 }, 'b1')
  turns.add({ owner: 'b', caller: 9 }, 'b2')
  const taken = []
  while (!turns.isEmpty) taken.push(turns.next())
  expect(taken).toEqual(['a1.1', 'b1', 'a2.1', 'b2', 'a3.1', 'a1.2', 'a2.2', 'a3.2'])
})

it('has what goes on before what its caller asked for later', () => {
  const turns = new CallerTurns<string>()
  for (const what of ['a1', 'a2', 'b1']) turns.add(of(what), what)
  const taken = [turns.next()]
  turns.addFirst(of('a'), 'a1 again')
  turns.addFirst(of('c'), 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect(taken).toEqual(['a1', 'b1', 'a1 again', 'c1', 'a2'])
})

it('passes over owners who are paused, and keeps what they add', () => {
  const turns = new CallerTurns<string>()
  for (const what of ['a1', 'b1', 'b2']) turns.add(of(what), what)
  turns.pause('a')
  turns.add(of('a'), 'a2')
  const taken = [turns.next(), turns.next()]
  expect([turns.isEmpty, turns.paused]).toEqual([true, ['a']])
  turns.resume('a')
  taken.push(turns.next(), turns.next(), turns.next())
  expect(taken).toEqual(['b1', 'b2', 'a1', 'a2', undefined])
})
