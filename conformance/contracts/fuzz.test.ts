import { expect, it } from 'vitest'
import { fuzz } from './fuzz.ts'

it('the validator of the router judges random values as ajv does', () => {
  expect(fuzz(1, 40)).toEqual({ pairs: 2400, differences: [] })
})
