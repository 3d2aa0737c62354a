import { ApplicationError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { error, settle } from './index.ts'
import { nameError } from './settle.ts'

describe('settle', () => {
  const soldOut = error('com.example.sold_out')

  it('gives the value of a call', async () => {
    expect(await settle(Promise.resolve(7))).toEqual({ ok: true, value: 7 })
  })

  it('gives a declared error by its name in the contract', async () => {
    const thrown = new ApplicationError('com.example.sold_out')
    nameError(thrown, { soldOut })
    expect(await settle(Promise.reject(thrown))).toEqual({ ok: false, failed: 'soldOut', error: thrown })
  })

  it.each([new ApplicationError('com.example.other'), new Error('x'), 'a text', undefined])('calls %s other', async (thrown) => {
    if (thrown instanceof Error) nameError(thrown, { soldOut })
    expect(await settle(Promise.reject(thrown))).toEqual({ ok: false, failed: 'other', error: thrown })
  })
})
