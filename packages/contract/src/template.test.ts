import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paramsOf, patternOf, templateOf, uriOf } from './template.ts'

const files = templateOf('user.{id:int}.files.{path*}')
const invalid = (what: RegExp | string): unknown =>
  expect.objectContaining({ code: 'TL_INVALID_URI', message: expect.stringMatching(what) })

describe('a URI template', () => {
  it('gives the URI of its parameters', () => {
    expect(uriOf(files, { id: 7, path: 'a.b' })).toBe('user.7.files.a.b')
    expect(uriOf(templateOf('user.count'))).toBe('user.count')
  })

  it.each([
    [{ path: 'a' }, 'id must be given'],
    [{ id: 7 }, 'path must be given'],
    [{ id: 1.5, path: 'a' }, "'1.5' cannot be id"],
    [{ id: '07', path: 'a' }, "'07' cannot be id"],
    [{ id: 2 ** 53, path: 'a' }, 'cannot be id'],
    [{ id: 7, path: '' }, "'' cannot be path"],
    [{ id: 7, path: 'a..b' }, 'cannot be path'],
    [{ id: 7, path: 'a', other: 1 }, 'there is no parameter other'],
  ])('refuses %j', (params, message) => {
    expect(() => uriOf(files, params)).toThrow(invalid(message))
  })

  it.each(['a.b', 'a b', 'a#', ''])('refuses %j for one component', (name) => {
    expect(() => uriOf(templateOf('user.{name}'), { name })).toThrow(invalid('cannot be name'))
  })

  it.each([
    ['stock.{item}.count', {}, 'wildcard', 'stock..count'],
    ['stock.{item}.count', { item: 'pear' }, 'exact', 'stock.pear.count'],
    ['{a}.x.{b}', { b: 'c' }, 'wildcard', '.x.c'],
    ['files.{path*}', {}, 'prefix', 'files.'],
    ['{id}.files.{path*}', { id: 'i' }, 'prefix', 'i.files.'],
    ['{id}.files.{path*}', { path: 'a.b' }, 'wildcard', '.files.a.b'],
  ])('%s with %j is a pattern: %s %s', (uri, params, match, pattern) => {
    expect(patternOf(templateOf(uri), params)).toEqual({ uri: pattern, match })
  })

  it('has no pattern for a rest and another parameter', () => {
    expect(() => patternOf(files)).toThrow(invalid('cannot both be left out'))
  })

  it.each(['a{id}', '{id*}.b', '{id}.{id}', 'a..b', 'a. b', '{}', '{i-d}'])('refuses %s', (uri) => {
    expect(() => templateOf(uri)).toThrow(invalid(''))
  })

  it('reads the parameters of a URI', () => {
    expect(paramsOf(files, 'user.7.files.a.b')).toEqual({ id: 7, path: 'a.b' })
    expect(paramsOf(templateOf('{__proto__}'), 'x')).toHaveProperty(['__proto__'], 'x')
  })

  it.each(['user.x.files.a', 'user.7.files', 'user.07.files.a', 'user.9007199254740993.files.a', 'other.7.files.a', 'user.7'])(
    'does not fit %s',
    (uri) => {
      expect(paramsOf(files, uri)).toBeUndefined()
    },
  )

  it('reads what it writes', () => {
    const component = fc.stringMatching(/^[^\s#.]+$/).filter((text) => !/\s/u.test(text))
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(component, { minLength: 1 }), (id, path) => {
        const params = { id: id === 0 ? 0 : id, path: path.join('.') }
        expect(paramsOf(files, uriOf(files, params))).toEqual(params)
      }),
    )
  })
})
