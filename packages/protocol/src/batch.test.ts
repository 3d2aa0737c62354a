// Shows the framing of batches: there and back, cut anywhere, and empty.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchedSize, joinBatch, splitBatch } from './batch.ts'
import { ProtocolError } from './errors.ts'

const encoder = new TextEncoder()

describe('a batch', () => {
  it('of JSON has the octet 0x1E behind each message, also behind the last and the only one [AP-BAT-02 AP-BAT-05]', () => {
    expect(joinBatch([encoder.encode('[1]'), encoder.encode('[2]')], false)).toEqual(encoder.encode('[1]\u001e[2]\u001e'))
    expect(joinBatch([encoder.encode('[1]')], false)).toEqual(encoder.encode('[1]\u001e'))
  })

  it('of octets has the length before each message, 32 bits, most significant first [AP-BAT-03 AP-BAT-04 AP-BAT-05]', () => {
    expect([...joinBatch([Uint8Array.of(0x93), new Uint8Array(258)], true)].slice(0, 10)).toEqual([0, 0, 0, 1, 0x93, 0, 0, 1, 2, 0])
  })

  it('gives back its messages in their order', () => {
    const json = fc.json().map((text) => encoder.encode(text))
    fc.assert(
      fc.property(fc.array(json, { minLength: 1 }), (messages) => {
        expect([...splitBatch(joinBatch(messages, false), false)]).toEqual(messages)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1 }), (messages) => {
        expect([...splitBatch(joinBatch(messages, true), true)]).toEqual(messages)
      }),
    )
  })

  it.each([true, false])('without messages is refused (binary %s) [AP-BAT-06]', (isBinary) => {
    expect(() => splitBatch(new Uint8Array(0), isBinary)).toThrow(ProtocolError)
  })

  it.each([true, false])('that ends too early is refused as a whole, wherever it was cut (binary %s) [AP-BAT-07]', (isBinary) => {
    const messages = [encoder.encode('[1,"a"]'), encoder.encode('[2]')]
    const whole = joinBatch(messages, isBinary)
    const between = batchedSize(7, isBinary)
    for (let length = 0; length < whole.length; length++) {
      if (length === between) expect([...splitBatch(whole.subarray(0, length), isBinary)]).toEqual(messages.slice(0, 1))
      else expect(() => splitBatch(whole.subarray(0, length), isBinary), `cut at ${length}`).toThrow(ProtocolError)
    }
  })

  it.each([
    ['JSON', new Uint8Array(1_000_000).fill(0x1e), false],
    ['octets', new Uint8Array(4_000_000), true],
  ])('of a million messages without an octet takes no memory for those that nobody asks for (%s)', (_, batch, isBinary) => {
    const messages = splitBatch(batch, isBinary)
    expect(Array.isArray(messages)).toBe(false)
    for (const message of messages) return expect(message.length).toBe(0)
  })

  it('whose length says more than there is is refused [AP-BAT-07]', () => {
    expect(() => splitBatch(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1), true)).toThrow('inside a message')
  })
})
