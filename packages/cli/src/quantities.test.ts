// Shows how durations and sizes are read and written.

import { describe, expect, it } from 'vitest'
import { durationText, parseDuration, parseSize, sizeText } from './quantities.ts'

describe('quantities', () => {
  it('reads durations with their unit', () => {
    expect(['500ms', '5s', '1.5s', '2min', '1 h'].map(parseDuration)).toEqual([500, 5_000, 1_500, 120_000, 3_600_000])
  })

  it('reads sizes with their unit', () => {
    expect(['512B', '64KiB', '4MiB', '0.5GiB'].map(parseSize)).toEqual([512, 65_536, 4_194_304, 536_870_912])
  })

  it('takes nothing without a unit, with an unknown one or with a sign', () => {
    const texts = ['5', '', 's', '5 m', '-5s', '5constructor', '1e3s', '5s ']
    expect(texts.map(parseDuration)).toEqual(texts.map(() => undefined))
    expect(texts.map(parseSize)).toEqual(texts.map(() => undefined))
  })

  it('writes the largest unit that holds a quantity evenly', () => {
    expect([512, 65_536, 1_536].map(sizeText)).toEqual(['512B', '64KiB', '1536B'])
    expect([100, 90_000, 120_000].map(durationText)).toEqual(['100ms', '90s', '2min'])
    expect([sizeText(0), durationText(0)]).toEqual(['0B', '0ms'])
  })
})
