// Shows the level of each kind of change, and that no payload that was right before is wrong by a contract of which that is said.

import fc from 'fast-check'
import type { ContractPayload } from '@trunkline/router'
import { compileSchema } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import type { Draw } from '../testing/drawn-schemas.ts'
import { changed, drawsFrom, schemaOf, valueOf } from '../testing/drawn-schemas.ts'
import { contractChanges } from './contract-changes.ts'
import type { ContractFile, ErrorOfFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'

const NOTHING: ContractPayload = { args: [] }
const value = (schema: unknown, required = true): ContractPayload => ({ args: [{ name: 'v', required, schema: schema as boolean }] })
const keywords = (properties: object, required: readonly string[] = []): ContractPayload => ({
  args: [],
  kwargs: { type: 'object', properties, required },
})

function file(parts: { procedure?: Partial<ProcedureOfFile>; topic?: Partial<TopicOfFile>; error?: ErrorOfFile }): ContractFile {
  const { procedure, topic, error } = parts
  return {
    trunkline: 'contract/1',
    prefix: 'a',
    version: '1.0.0',
    procedures: procedure === undefined ? {} : { 'a.p': { path: ['p'], call: NOTHING, result: NOTHING, errors: [], ...procedure } },
    topics: topic === undefined ? {} : { 'a.t': { path: ['t'], from: 'service', event: NOTHING, ...topic } },
    errors: error === undefined ? {} : { 'a.e': error },
  }
}

/** Each change as `level path: text`, the path without its entry. */
function said(old: Parameters<typeof file>[0], now: Parameters<typeof file>[0]): string[] {
  return contractChanges(file(old), file(now)).map(({ level, path, text, isUnsure }) => {
    return `${level} ${path.replace(/^\/\w+\/a\.\w/, '')}: ${text}${isUnsure === true ? '?' : ''}`
  })
}

const calls = (old: ContractPayload, now: ContractPayload): string[] => said({ procedure: { call: old } }, { procedure: { call: now } })
const results = (old: ContractPayload, now: ContractPayload): string[] =>
  said({ procedure: { result: old } }, { procedure: { result: now } })

const NUMBER = { type: 'number' }
const TEXT = { type: 'string' }
const NODE = {
  $defs: { n: { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#/$defs/n' } }, v: NUMBER } } },
  $ref: '#/$defs/n',
}
const TAGGED = (...tags: string[]): object => ({
  oneOf: tags.map((tag) => ({ type: 'object', properties: { kind: { const: tag }, [tag]: NUMBER }, required: ['kind'] })),
})

describe('a change of what is sent in a call', () => {
  it.each([
    ['nothing', value(NUMBER), value(NUMBER), []],
    ['a wider type', value({ type: 'integer' }), value(NUMBER), ['compatible /call/args/0/schema: type was "integer", is "number"']],
    ['a narrower type', value(NUMBER), value({ type: 'integer' }), ['breaking /call/args/0/schema: type was number, is integer']],
    ['another order of keys', value({ type: 'number', minimum: 1 }), value({ minimum: 1, type: 'number' }), []],
    [
      'a limit that is lower',
      value({ ...NUMBER, maximum: 100 }),
      value({ ...NUMBER, maximum: 50 }),
      ['breaking /call/args/0/schema: maximum was 100, is 50'],
    ],
    [
      'a limit that is higher',
      value({ ...NUMBER, maximum: 50 }),
      value({ ...NUMBER, maximum: 100 }),
      ['compatible /call/args/0/schema: maximum was 50, is 100'],
    ],
    [
      'a limit in other words',
      value({ type: 'integer', exclusiveMinimum: 0 }),
      value({ type: 'integer', minimum: 1 }),
      ['compatible /call/args/0/schema: exclusiveMinimum was 0, is absent', 'compatible /call/args/0/schema: minimum was absent, is 1'],
    ],
    [
      'a word less',
      value({ enum: ['open', 'sent'] }),
      value({ enum: ['open'] }),
      ['breaking /call/args/0/schema: "sent" is not allowed any more'],
    ],
    ['a position that is required now', value(NUMBER, false), value(NUMBER), ['breaking /call/args/0: was optional, is required']],
    ['a position that may be left out', value(NUMBER), value(NUMBER, false), ['compatible /call/args/0: was required, is optional']],
    [
      'null for what may be left out',
      value({ type: ['number', 'null'] }),
      value(NUMBER, false),
      ['compatible /call/args/0: was required, is optional', 'compatible /call/args/0/schema: type was ["number","null"], is "number"'],
    ],
    ['a new position', NOTHING, value(NUMBER), ['breaking /call/args/0: v is new and required']],
    ['a new position that may be left out', NOTHING, value(NUMBER, false), ['compatible /call/args/0: v is new']],
    ['a position that is gone', value(NUMBER), NOTHING, ['source /call/args/0: v is gone: what is sent there is ignored']],
    [
      'another name',
      value(NUMBER),
      { args: [{ name: 'w', required: true, schema: NUMBER }] },
      ['source /call/args/0: v is called w now: is it the same?'],
    ],
    ['a new keyword', keywords({ a: NUMBER }), keywords({ a: NUMBER, b: TEXT }), ['compatible /call/kwargs/properties/b: is new']],
    [
      'a new keyword that is required',
      keywords({ a: NUMBER }),
      keywords({ a: NUMBER, 'b/c': TEXT }, ['b/c']),
      ['breaking /call/kwargs/properties/b~1c: was optional, is required'],
    ],
    [
      'a keyword that is gone',
      keywords({ a: NUMBER, b: TEXT }),
      keywords({ a: NUMBER }),
      ['compatible /call/kwargs/properties/b: is gone'],
    ],
    [
      'keys that are refused',
      value({ type: 'object', properties: { a: NUMBER, b: TEXT } }),
      value({ type: 'object', properties: { a: NUMBER }, additionalProperties: false }),
      ['breaking /call/args/0/schema/properties/b: is not allowed any more'],
    ],
    ['keywords where there were none', NOTHING, keywords({ a: NUMBER }), ['source /call/kwargs: there are keywords now']],
    [
      'required keywords where there were none',
      NOTHING,
      keywords({ a: NUMBER }, ['a']),
      ['breaking /call/kwargs/properties/a: was optional, is required'],
    ],
    [
      'a part of a schema that contains itself',
      value(NODE),
      value(JSON.parse(JSON.stringify(NODE).replace('"number"', '"string"'))),
      ['breaking /call/args/0/schema/properties/v: type was number, is string'],
    ],
    [
      'an alternative more',
      value(TAGGED('a')),
      value(TAGGED('a', 'b')),
      [expect.stringMatching(/^compatible \/call\/args\/0\/schema\/oneOf\/1: .* is new$/)],
    ],
    [
      'an alternative less',
      value(TAGGED('a', 'b')),
      value(TAGGED('a')),
      ['breaking /call/args/0/schema/oneOf/0/properties/kind: "b" is not allowed any more'],
    ],
    [
      'another expression',
      value({ ...TEXT, pattern: '^a' }),
      value({ ...TEXT, pattern: '^[a]' }),
      ['breaking /call/args/0/schema: pattern was ^a, is ^[a]?'],
    ],
    [
      'another format',
      value(TEXT),
      value({ ...TEXT, format: 'date-time' }),
      ['breaking /call/args/0/schema: format was absent, is date-time'],
    ],
    [
      'other words',
      value({ ...TEXT, description: 'a' }),
      value({ ...TEXT, description: 'b' }),
      ['compatible /call/args/0/schema: description changed'],
    ],
  ])('%s', (_, old, now, expected) => {
    expect(calls(old, now)).toEqual(expected)
  })
})

describe('a change of what is returned', () => {
  it.each([
    ['a wider type', value({ type: 'integer' }), value(NUMBER), ['breaking /result/args/0/schema: type was integer, is number']],
    ['a narrower type', value(NUMBER), value({ type: 'integer' }), ['compatible /result/args/0/schema: type was "number", is "integer"']],
    ['a word more', value({ enum: ['open'] }), value({ enum: ['open', 'sent'] }), ['breaking /result/args/0/schema: "sent" is new']],
    [
      'a key that is there no longer',
      value({ type: 'object', properties: { a: NUMBER }, required: ['a'] }),
      value({ type: 'object', properties: {} }),
      ['breaking /result/args/0/schema/properties/a: was required, is optional'],
    ],
    [
      'a key more',
      value({ type: 'object', properties: { a: NUMBER } }),
      value({ type: 'object', properties: { a: NUMBER, b: TEXT } }),
      ['compatible /result/args/0/schema/properties/b: is new'],
    ],
    [
      'a value where there was none',
      NOTHING,
      value(NUMBER),
      ['source /result: was nothing, is a value', 'compatible /result/args/0: v is new and required'],
    ],
    ['no value any more', value(NUMBER), NOTHING, ['breaking /result/args/0: v is gone', 'source /result: was a value, is nothing']],
    [
      'null in a place that must be there',
      value(NUMBER),
      value({ type: ['number', 'null'] }),
      ['breaking /result/args/0/schema: type was number, is number or null'],
    ],
  ])('%s', (_, old, now, expected) => {
    expect(results(old, now)).toEqual(expected)
  })
})

describe('a change of an entry', () => {
  const procedure = {}
  it.each([
    ['a procedure that is gone', { procedure }, {}, ['breaking : is gone']],
    ['one that was deprecated', { procedure: { deprecated: '' } }, {}, ['breaking : is gone, as its deprecation said']],
    ['a new procedure', {}, { procedure }, ['compatible : is new']],
    ['deprecation', { procedure }, { procedure: { deprecated: 'use q' } }, ['compatible /deprecated: is deprecated: use q']],
    ['repeating', { procedure: { idempotent: true } }, { procedure }, ['breaking /idempotent: must not be repeated any more']],
    ['chunks', { procedure }, { procedure: { chunk: NOTHING } }, ['breaking : takes chunks now']],
    ['chunks that are gone', { procedure: { chunk: NOTHING } }, { procedure }, ['breaking : takes no chunks any more']],
    [
      'what a chunk holds',
      { procedure: { chunk: value({ type: 'integer' }), call: value(TEXT) } },
      { procedure: { chunk: value(NUMBER), call: value(NUMBER) } },
      ['compatible /chunk/args/0/schema: type was "integer", is "number"'],
    ],
    ['repeating that is new', { procedure }, { procedure: { idempotent: true } }, ['compatible /idempotent: may be repeated now']],
    ['repeating as before', { procedure: { idempotent: true } }, { procedure: { idempotent: true } }, []],
    ['no repeating in other words', { procedure }, { procedure: { idempotent: false } }, []],
    [
      'progress that is new',
      { procedure },
      { procedure: { progress: NOTHING } },
      ['compatible /progress: something may be sent before the result'],
    ],
    [
      'what progress holds',
      { procedure: { progress: value(NUMBER) } },
      { procedure: { progress: value({ type: 'integer' }) } },
      ['compatible /progress/args/0/schema: type was "number", is "integer"'],
    ],
    ['the version that brought it', { procedure }, { procedure: { since: '1.1.0' } }, ['compatible /since: was absent, is 1.1.0']],
    ['that version again', { procedure: { since: '1.1.0' } }, { procedure }, ['compatible /since: was 1.1.0, is absent']],
    ['deprecation without words', { procedure }, { procedure: { deprecated: '' } }, ['compatible /deprecated: is deprecated']],
    ['no deprecation', { procedure: { deprecated: 'x' } }, { procedure }, ['compatible /deprecated: is not deprecated any more']],
    ['a topic that is gone', { topic: { deprecated: 'x' } }, {}, ['breaking : is gone, as its deprecation said']],
    [
      'a topic of both sides',
      { topic: {} },
      { topic: { from: 'both' } },
      ['compatible /from: was published by the service, is by both sides'],
    ],
    ['a new error of the contract', {}, { error: NOTHING }, ['compatible : is new']],
    [
      'the description of an error',
      { error: NOTHING },
      { error: { ...NOTHING, doc: 'No.' } },
      ['compatible /doc: the description changed'],
    ],
    [
      'a new position before keywords',
      { procedure: { call: keywords({ k: NUMBER }) } },
      { procedure: { call: { ...keywords({ k: NUMBER }), ...value(NUMBER, false) } } },
      ['source /call: the object of keywords moved: it comes behind the new positional value', 'compatible /call/args/0: v is new'],
    ],
    [
      'keywords in a result',
      { procedure: { result: value(NUMBER) } },
      { procedure: { result: { ...value(NUMBER), ...{ kwargs: keywords({}).kwargs } } } },
      ['source /result/kwargs: there are keywords now', 'source /result: was a value, is a value and keywords'],
    ],
    ['a new error', { procedure }, { procedure: { errors: ['a.e'] } }, ['source /errors: may fail with a.e now']],
    ['an error less', { procedure: { errors: ['a.e'] } }, { procedure }, ['compatible /errors: does not fail with a.e any more']],
    ['progress', { procedure: { progress: NOTHING } }, { procedure }, ['source /progress: nothing is sent before the result any more']],
    ['its place in TypeScript', { procedure }, { procedure: { path: ['q'] } }, ['source /path: was p in TypeScript, is q']],
    ['its description', { procedure }, { procedure: { doc: 'Does it.' } }, ['compatible /doc: the description changed']],
    ['who publishes', { topic: {} }, { topic: { from: 'client' } }, ['breaking /from: was published by the service, is by clients']],
    ['an error that is gone', { error: NOTHING }, {}, ['compatible : is gone']],
    [
      'an error with less',
      { error: value(NUMBER) },
      { error: NOTHING },
      ['breaking /args/0: v is gone', 'source : was a value, is nothing'],
    ],
  ] as const)('%s', (_, old, now, expected) => {
    expect(said(old, now)).toEqual(expected)
  })

  it('of events goes by who publishes them', () => {
    const events = (from: TopicOfFile['from']): string[] =>
      said({ topic: { from, event: value({ type: 'integer' }) } }, { topic: { from, event: value(NUMBER) } }).map(
        (text) => text.split(' ')[0] ?? '',
      )
    expect([events('service'), events('client'), events('both')]).toEqual([['breaking'], ['compatible'], ['breaking']])
  })
})

/** Whether a payload is as declared: as the router judges it. */
function isRight({ args, kwargs = true }: ContractPayload, sent: { args: readonly unknown[]; kwargs: unknown }): boolean {
  const positions = args.every(({ required, schema }, i) => {
    if (!required && (i >= sent.args.length || sent.args[i] === null)) return true
    return i < sent.args.length && compileSchema(schema)(sent.args[i]) === undefined
  })
  return positions && compileSchema(kwargs)(sent.kwargs) === undefined
}

function payloadOf(draw: Draw): ContractPayload {
  const args = Array.from({ length: draw(3) }, (_, i) => ({ name: `arg${i}`, required: draw(2) === 0, schema: schemaOf(draw, 1) }))
  return {
    args,
    kwargs: {
      type: 'object',
      properties: { a: schemaOf(draw, 1), b: schemaOf(draw, 0) },
      additionalProperties: false,
      required: draw(2) === 0 ? ['a'] : [],
    },
  }
}

function changedPayload(draw: Draw, { args, kwargs = true }: ContractPayload): ContractPayload {
  const others = args.map((each) => ({
    ...each,
    required: draw(4) === 0 ? !each.required : each.required,
    schema: draw(3) === 0 ? changed(draw, each.schema) : each.schema,
  }))
  const more = draw(4) === 0 ? [{ name: 'more', required: draw(2) === 0, schema: schemaOf(draw, 0) }] : []
  return { args: draw(5) === 0 ? others.slice(1) : [...others, ...more], kwargs: draw(2) === 0 ? changed(draw, kwargs) : kwargs }
}

describe('a random change without anything breaking', () => {
  it('never makes a payload wrong that was right before', () => {
    let compatible = 0
    const one = (draw: Draw): void => {
      const old = payloadOf(draw)
      const now = changedPayload(draw, old)
      if (calls(old, now).some((text) => text.startsWith('breaking'))) return
      compatible++
      for (let i = 0; i < 30; i++) {
        const sent = { args: Array.from({ length: old.args.length }, () => valueOf(draw, 1)), kwargs: valueOf(draw) }
        // Further positions than were declared are not sent by the old contract's programs.
        if (isRight(old, sent)) expect([old, now, sent, isRight(now, sent)]).toEqual([old, now, sent, true])
      }
    }
    fc.assert(
      fc.property(fc.integer(), (seed) => one(drawsFrom(seed))),
      { numRuns: 80, seed: 11 },
    )
    expect(compatible).toBeGreaterThan(25)
  })
})
