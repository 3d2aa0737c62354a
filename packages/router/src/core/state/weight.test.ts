// Shows that what is kept is counted whole: texts, keys, entries, octets, however deep.

import { CALL, EMPTY_DICT, Payload } from '@trunkline/protocol'
import { ManualClock } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import { storedEvent } from './stored-event.ts'
import { entryOctets } from './table-share.ts'
import { weightOf, weightOfMessage } from './weight.ts'

const thousand = 'x'.repeat(1_000)

describe('the weight of what is kept', () => {
  it.each([
    ['a text', thousand],
    ['octets', new Uint8Array(1_000)],
    ['a key', { [thousand]: 1 }],
    ['a text in lists and dicts', [[{ a: { b: thousand } }]]],
  ])('counts %s', (_, value) => {
    expect(weightOf(value)).toBeGreaterThanOrEqual(1_000)
    expect(weightOf(value)).toBeLessThan(1_200)
  })

  it.each([
    ['of Latin-1 once', `${'é'.repeat(999)}e`, 1_000],
    ['of which one is not of Latin-1 twice: so V8 keeps the whole text', `${'e'.repeat(999)}ł`, 2_000],
  ])('counts the characters of a text %s', (_, text, octets) => {
    for (const weight of [weightOf(text), weightOf({ [text]: 1 }), entryOctets({ uri: text, match: 'exact' })]) {
      expect(weight).toBeGreaterThanOrEqual(octets)
      expect(weight).toBeLessThan(octets + 500)
    }
    const event = { id: 1, topic: text, payload: undefined, details: EMPTY_DICT, excluded: undefined }
    const clock = new ManualClock()
    const { bytes } = storedEvent({ ...event, topic: '' }, undefined, clock)
    expect(storedEvent(event, undefined, clock).bytes - bytes).toBe(octets)
  })

  it('counts entries that hold nothing', () => {
    expect(weightOf(Array.from({ length: 1_000 }, () => ({})))).toBeGreaterThan(16_000)
  })

  it('counts a message that says nothing as what it takes in memory', () => {
    const payload = Payload.fromRaw({ name: 'json' } as never, new Uint8Array(2), 0)
    expect(weightOfMessage({ type: CALL, request: 1, options: EMPTY_DICT, procedure: 'a', payload })).toBeGreaterThan(256)
  })

  it('counts a message with URI, options and payload, each once', () => {
    const bare = weightOfMessage({ type: CALL, request: 1, options: EMPTY_DICT, procedure: '', payload: undefined })
    const payload = Payload.fromRaw({ name: 'json' } as never, new Uint8Array(1_000), 1)
    const whole = weightOfMessage({ type: CALL, request: 1, options: { rkey: thousand }, procedure: thousand, payload })
    expect(whole - bare).toBeGreaterThanOrEqual(3_000)
    expect(whole - bare).toBeLessThan(3_100)
  })
})
