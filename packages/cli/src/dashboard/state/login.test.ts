// Shows which methods of the client a login means.

import { expect, it } from 'vitest'
import type { LoginKind } from './login.ts'
import { ANONYMOUS, keyIn, loginOptions } from './login.ts'

const KEY = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)

function methods(kind: LoginKind): unknown {
  const { auth } = loginOptions({ kind, authid: 'olga', secret: kind === 'cryptosign' ? KEY : 'secret' })
  return [auth].flat().map((each) => each?.name)
}

it('each kind of login is a method, and a password any that takes one', () => {
  expect(methods('password')).toEqual(['wamp-scram', 'wampcra', 'ticket'])
  expect((['ticket', 'wampcra', 'scram', 'cryptosign', 'jwt', 'cookie'] as const).flatMap(methods)).toEqual([
    'ticket',
    'wampcra',
    'wamp-scram',
    'cryptosign',
    'jwt',
    'cookie',
  ])
})

it('an anonymous login says nothing, and a key needs no name', () => {
  expect(loginOptions(ANONYMOUS)).toEqual({})
  expect(loginOptions({ kind: 'cryptosign', authid: '', secret: KEY })).not.toHaveProperty('authid')
})

it('a private key is found in what was pasted', () => {
  expect(keyIn(`${KEY}\n`)).toBe(KEY)
  expect(keyIn(`public key   ${OTHER}\nprivate key  ${KEY}\n`)).toBe(KEY)
  expect(keyIn(`{"publicKey":"${OTHER}","privateKey":"${KEY}"}`)).toBe(KEY)
  expect(keyIn(' short ')).toBe('short')
})
