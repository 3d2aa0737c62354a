// Shows the turns of sessions.

import { expect, it } from 'vitest'
import { SessionTurns } from './session-turns.ts'

/** The session and owner of an entry such as `a1`: each session is an owner of its own. */
const of = (what: string) => ({ owner: what.charAt(0), session: what.charCodeAt(0) })

it('gives each session a turn after the other, and keeps the order of each', () => {
  const turns = new SessionTurns<string>()
  for (const what of ['a1', 'a2', 'a3', 'b1', 'b2']) turns.add(of(what), what)
  const taken = [turns.next(), turns.next()]
  turns.add(of('c'), 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect([taken, turns.next()]).toEqual([['a1', 'b1', 'a2', 'b2', 'c1', 'a3'], undefined])
})

it('gives owners turns first: many sessions of one do not come before one of another', () => {
  const turns = new SessionTurns<string>()
  for (let session = 1; session <= 3; session++) for (const i of [1, 2]) turns.add({ owner: 'a', session }, `a${session}.${i}`)
  turns.add({ owner: 'b', session: 9 }, 'b1')
  turns.add({ owner: 'b', session: 9 }, 'b2')
  const taken = []
  while (!turns.isEmpty) taken.push(turns.next())
  expect(taken).toEqual(['a1.1', 'b1', 'a2.1', 'b2', 'a3.1', 'a1.2', 'a2.2', 'a3.2'])
})

it('has what goes on before what its session asked for later', () => {
  const turns = new SessionTurns<string>()
  for (const what of ['a1', 'a2', 'b1']) turns.add(of(what), what)
  const taken = [turns.next()]
  turns.addFirst(of('a'), 'a1 again')
  turns.addFirst(of('c'), 'c1')
  while (!turns.isEmpty) taken.push(turns.next())
  expect(taken).toEqual(['a1', 'b1', 'a1 again', 'c1', 'a2'])
})

it('passes over owners who are paused, and keeps what they add', () => {
  const turns = new SessionTurns<string>()
  for (const what of ['a1', 'b1', 'b2']) turns.add(of(what), what)
  turns.pause('a')
  turns.add(of('a'), 'a2')
  const taken = [turns.next(), turns.next()]
  expect([turns.isEmpty, turns.paused]).toEqual([true, ['a']])
  turns.resume('a')
  taken.push(turns.next(), turns.next(), turns.next())
  expect(taken).toEqual(['b1', 'b2', 'a1', 'a2', undefined])
})
