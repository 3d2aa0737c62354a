// Shows how outcomes are judged by what is known of a client.

import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Feature, Outcome } from './feature.ts'
import { ALL_FEATURES } from './feature.ts'
import { Judge } from './judge.ts'
import type { FeatureDeviation } from '../known/deviation.ts'
import { matrixOf } from './page.ts'

const DEVIATION: FeatureDeviation = { client: 'other', feature: 'events', shows: /^late/, reason: 'is late' }

/** All features in one serializer, some with a fault. */
function outcomes(faults: Partial<Record<Feature, string>> = {}, without?: Feature): readonly Outcome[] {
  const features = ALL_FEATURES.filter((feature) => feature !== without)
  return features.map((feature) => ({ feature, serializer: 'json', ...(faults[feature] !== undefined && { fault: faults[feature] }) }))
}

beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))

describe('a run', () => {
  it('passes when everything works, and when a fault is known', () => {
    const judge = new Judge([DEVIATION], {}, ALL_FEATURES)
    judge.judge('ours', outcomes())
    judge.judge('other', outcomes({ events: 'late by a second' }))
    expect(judge.finish()).toBe(0)
    expect([judge.cell('ours', 'events'), judge.cell('other', 'events')]).toEqual([
      { mark: 'yes', reasons: [] },
      { mark: 'differs', reasons: ['is late'] },
    ])
  })

  it('passes whether or not an occasional deviation is met, and shows it either way', () => {
    for (const faults of [{ events: 'late' }, {}]) {
      const judge = new Judge([{ ...DEVIATION, isOccasional: true }], {}, ALL_FEATURES)
      judge.judge('other', outcomes(faults))
      expect(judge.finish()).toBe(0)
      expect(judge.cell('other', 'events')).toEqual({ mark: 'differs', reasons: ['is late'] })
    }
  })

  it('counts what was skipped', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    expect(new Judge([], {}, []).finish(2)).toBe(0)
    expect(log).toHaveBeenLastCalledWith('0 passed, 0 failed, 2 skipped')
  })

  it.each([
    ['a fault is not known', outcomes({ calls: 'late', events: 'late' })],
    ['a known feature fails in another way', outcomes({ events: 'never' })],
    ['a known deviation is not met any more', outcomes()],
    ['a feature was not tried', outcomes({ events: 'late' }, 'calls')],
  ])('fails when %s', (_what, some) => {
    const judge = new Judge([DEVIATION], {}, ALL_FEATURES)
    judge.judge('other', some)
    expect(judge.finish()).toBe(1)
  })

  it('fails when a feature that the client has not was tried', () => {
    const judge = new Judge([], { other: { scram: 'has none' } }, ALL_FEATURES)
    judge.judge('other', outcomes())
    expect(judge.finish()).toBe(1)
  })
})

describe('the page', () => {
  it('has a cell for each client, and each reason once as a note', () => {
    const judge = new Judge([DEVIATION], { other: { scram: 'has none', scram_autobahn: 'has none' } }, ALL_FEATURES)
    judge.judge(
      'other',
      outcomes({ events: 'late' }).filter(({ feature }) => !feature.startsWith('scram')),
    )
    const page = matrixOf(judge, { other: 'The other' })
    expect(page).toContain('| subscriptions and acknowledged events | differs (1) |')
    expect(page).toContain('| login: WAMP-SCRAM | no (2) |')
    expect(page).toContain("| login: SCRAM in Autobahn's dialect | no (2) |")
    expect(page.endsWith('\n\n1. is late\n2. has none\n')).toBe(true)
  })
})
