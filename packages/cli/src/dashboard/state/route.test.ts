// Shows that each place has a fragment that leads back to it.

import { expect, it } from 'vitest'
import { fragmentOf, placeOf } from './route.ts'

it('a fragment names a page and its parameters', () => {
  expect(placeOf('#/sessions?realm=realm1&search=a%20b')).toEqual({ page: 'sessions', params: { realm: 'realm1', search: 'a b' } })
  expect(placeOf('')).toEqual({ page: 'overview', params: {} })
  expect(placeOf('#/nowhere?realm=a')).toEqual({ page: 'overview', params: { realm: 'a' } })
})

it('a place leads back to itself, whatever its parameters hold', () => {
  const params = { realm: 'a.b?c=d&e#f', search: '<b>"ü"' }
  expect(placeOf(fragmentOf('topics', params))).toEqual({ page: 'topics', params })
})

it('parameters without a text are left out', () => {
  expect(fragmentOf('call', { realm: '', procedure: undefined })).toBe('#/call')
})
