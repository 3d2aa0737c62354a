import { ApplicationError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { canceled, error, invalidArgument, notAuthorized, type } from './index.ts'

describe('an error of a contract', () => {
  const soldOut = error('com.example.sold_out', { args: [type<string>()], kwargs: { next: type<string>() } })

  it('makes the error that a procedure throws', () => {
    const thrown = soldOut('no pears', { next: 'Friday' })
    expect(thrown).toBeInstanceOf(ApplicationError)
    expect(thrown).toMatchObject({ uri: 'com.example.sold_out', args: ['no pears'], kwargs: { next: 'Friday' } })
  })

  it('is recognised by its URI, whoever threw it', () => {
    expect(soldOut.is(new ApplicationError('com.example.sold_out'))).toBe(true)
    expect(soldOut.is(new ApplicationError('com.example.other'))).toBe(false)
    expect([undefined, null, { uri: 'com.example.sold_out' }, new Error('x')].some((each) => soldOut.is(each))).toBe(false)
  })

  it('without declared values carries none', () => {
    expect(error('com.example.gone')()).toMatchObject({ args: [], kwargs: {} })
  })
})

describe('the standard errors', () => {
  it('are entries like others', () => {
    const refused: unknown = new ApplicationError('wamp.error.invalid_argument', [], { issues: [{ path: '/args/0', message: 'no' }] })
    expect(invalidArgument.is(refused) && refused.kwargs.issues?.[0]?.path).toBe('/args/0')
    expect(notAuthorized('you may not')).toMatchObject({ uri: 'wamp.error.not_authorized', args: ['you may not'] })
  })

  it('know both spellings of a cancelled call', () => {
    expect(['canceled', 'cancelled', 'timeout'].map((name) => canceled.is(new ApplicationError(`wamp.error.${name}`)))).toEqual([
      true,
      true,
      false,
    ])
  })
})
