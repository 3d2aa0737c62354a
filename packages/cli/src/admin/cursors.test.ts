// Shows where lists over realms go on, and what is answered to cursors of others.

import { expect, it } from 'vitest'
import { Cursors } from './cursors.ts'

const REALMS = ['a', 'b', 'c']
const FROM = [
  { node: 'worker-0', boot: 'x', after: 7 },
  { node: 'worker-1', boot: 'y', after: -1 },
]

it('reads what it has written', () => {
  const cursors = new Cursors('one')
  expect(cursors.read(undefined, REALMS)).toEqual({ realm: 0, from: [] })
  expect(cursors.read(cursors.write('c', FROM), REALMS)).toEqual({ realm: 2, from: FROM })
})

it('is too old after a restart of the router, and when the realm of the last page was removed', () => {
  const cursor = new Cursors('one').write('c', [])
  expect(new Cursors('one').read(cursor, REALMS)).toEqual({ realm: 2, from: [] })
  expect(() => new Cursors('two').read(cursor, REALMS)).toThrow('restarted')
  expect(() => new Cursors('one').read(cursor, ['a', 'b'])).toThrow('removed')
})

const written = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

it.each(['', 'x', 'bnVsbA', written(['one', 'a']), written(['one', 'a', [['n', 'b']]]), written(['one', 'a', [5]])])(
  'refuses %j as a cursor',
  (after) => {
    expect(() => new Cursors('one').read(after, REALMS)).toThrow('expected the next of a page')
  },
)
