// Shows how long a scenario may take.

import { describe, expect, it } from 'vitest'
import { patienceWith } from './patience.ts'

const patience = patienceWith('one', [
  { client: 'one', feature: 'events', serializers: ['json'], shows: /^nothing within/, reason: 'is deaf' },
  { client: 'one', feature: 'calls', shows: /^another result/, reason: 'counts wrongly' },
  { client: 'other', feature: 'testaments', shows: /^nothing within/, reason: 'has none' },
])

describe('a scenario', () => {
  it('ends soon where nothing comes, as is known of this client with this serializer', () => {
    expect(patience('events', 'json')).toBeLessThan(5_000)
  })

  it.each([
    ['with another serializer', patience('events', 'cbor')],
    ['where the client is known for another fault', patience('calls', 'json')],
    ['where another client is known for it', patience('testaments', 'json')],
  ])('may take long %s', (_where, milliseconds) => {
    expect(milliseconds).toBeGreaterThan(30_000)
  })
})
