import { expect, it } from 'vitest'
import { stalePages } from './reference.mjs'

it('the reference pages say what the tables say', () => {
  expect(stalePages()).toEqual([])
})
