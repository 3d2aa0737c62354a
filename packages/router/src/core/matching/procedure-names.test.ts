// Shows under which name a call is measured.

import { describe, expect, it } from 'vitest'
import type { NamedPattern } from './procedure-names.ts'
import { ProcedureNames } from './procedure-names.ts'

function nameOf(procedure: string, patterns: readonly (string | NamedPattern)[], templates: readonly string[] = []): string | undefined {
  const rules = patterns.map((each) => (typeof each === 'string' ? { uri: each } : each))
  return new ProcedureNames(rules, templates).of(procedure)
}

describe('the name of a procedure', () => {
  it('is the most specific pattern: the URI, then a wildcard, then the longest prefix', () => {
    const patterns = ['com.shop.get', 'com.shop.**', '**', 'com..get']
    expect(['com.shop.get', 'com.shop.put', 'com.user.get', 'x'].map((uri) => nameOf(uri, patterns))).toEqual([
      'com.shop.get',
      'com.shop.**',
      'com..get',
      '**',
    ])
    expect(nameOf('com.user.put', ['com..get'])).toBe(undefined)
  })

  it('keeps the placeholders of rules, and reads patterns literally where the rule does', () => {
    expect(nameOf('com.user.7.get', ['com.user.{authid}.get'])).toBe('com.user.{authid}.get')
    expect(nameOf('com.user.7.get', ['com.user.{authid}.**'])).toBe('com.user.{authid}.**')
    expect(nameOf('com.shopping', [{ uri: 'com.shop', match: 'prefix' }])).toBe('com.shop**')
    expect(nameOf('com.7.get', [{ uri: 'com..get', match: 'wildcard' }])).toBe('com..get')
  })

  it('is that of a contract rather than that of a rule', () => {
    expect(nameOf('com.shop.stock.7', ['com.shop.**'], ['com.shop.stock.{item}'])).toBe('com.shop.stock.{item}')
    expect(nameOf('com.shop.add', ['com.shop.add', 'com.shop.**'], ['com.shop.add'])).toBe('com.shop.add')
    expect(nameOf('com.shop.a.b.c', [], ['com.shop.{path*}'])).toBe('com.shop.{path*}')
    expect(nameOf('com.shop.a.files.c', [], ['com.shop.{id}.files.{path*}'])).toBe('com.shop.{id}.files.{path*}')
  })

  it('is one for all procedures of the router', () => {
    expect([nameOf('wamp.session.count', ['**']), nameOf('trunkline.admin.reload', ['**'])]).toEqual(['wamp.**', 'trunkline.**'])
  })
})
