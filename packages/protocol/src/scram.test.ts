// Shows what both sides of WAMP-SCRAM sign.

import { describe, expect, it } from 'vitest'
import { autobahnAuthMessage, isCanonicalBase64, NO_CHANNEL_BINDING, scramAuthMessage } from './scram.ts'

const EXCHANGE = { authid: 'user', clientNonce: 'abc', nonce: 'abcdef', salt: 'c2FsdA==', iterations: 4096, binding: NO_CHANNEL_BINDING }

describe('the AuthMessage', () => {
  it('has the syntax of RFC 5802 [AP-SCR-23 AP-SCR-24 AP-SCR-35]', () => {
    expect(scramAuthMessage(EXCHANGE)).toBe('n=user,r=abc,r=abcdef,s=c2FsdA==,i=4096,c=biws,r=abcdef')
    expect(Buffer.from(NO_CHANNEL_BINDING, 'base64').toString()).toBe('n,,')
  })

  it('escapes what would end a name [AP-SCR-23]', () => {
    expect(scramAuthMessage({ ...EXCHANGE, authid: 'a=b,c=2C' })).toMatch(/^n=a=3Db=2Cc=3D2C,r=/)
  })

  it('has a form of its own in the dialect of Autobahn', () => {
    expect(autobahnAuthMessage({ ...EXCHANGE, authid: 'a=b' })).toBe('n=a=b,r=abc,r=abcdef,s=c2FsdA==,i=4096,c=,r=abcdef')
  })
})

it.each([
  ['c2FsdA==', true],
  ['c2FsdA', false],
  ['c2FsdB==', false],
  ['c2Fs dA==', false],
  ['c2FsdDE=', true],
  ['c2FsdDF=', false],
  ['c2_s', false],
  ['', false],
  [1, false],
])('takes %j for canonical Base64: %s [AP-SCR-03]', (text, verdict) => {
  expect(isCanonicalBase64(text)).toBe(verdict)
})
