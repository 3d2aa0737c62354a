// Shows in which turns and in which order tasks are done.

import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { OwnTurns } from './own-turns.ts'

const LASTING = new AbortController().signal

it('each task has a turn of its own, and those who ask have turns alternately', async () => {
  const turns = new OwnTurns()
  const done: string[] = []
  const ask = (session: number, name: string) => turns.next({ caller: { session }, signal: LASTING }).then(() => done.push(name))
  const all = [ask(1, 'a1'), ask(1, 'a2'), ask(1, 'a3'), ask(2, 'b1'), ask(2, 'b2')]
  expect(done).toEqual([])
  await turn()
  expect(done).toEqual(['a1'])
  await turn()
  expect(done).toEqual(['a1', 'b1'])
  await Promise.all(all)
  expect(done).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
})

it('a task that nobody waits for any more has no turn', async () => {
  const turns = new OwnTurns()
  const left = new AbortController()
  const dropped = turns.next({ signal: left.signal })
  const kept = turns.next({ signal: LASTING })
  left.abort(new Error('the caller has left'))
  await expect(dropped).rejects.toThrow('the caller has left')
  await turn()
  await kept
  await expect(turns.next({ signal: left.signal })).rejects.toThrow('the caller has left')
})
