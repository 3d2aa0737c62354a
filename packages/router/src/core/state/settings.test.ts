// Shows the settings of a realm by default, as the guide says them.

import { expect, it } from 'vitest'
import { DEFAULT_REALM_SETTINGS } from './default-settings.ts'

const [KIB, MIB] = [1_024, 1_048_576]

it('the settings of a realm are these by default', () => {
  expect(DEFAULT_REALM_SETTINGS).toEqual({
    uriRule: 'loose',
    requestIds: 'tolerant',
    allowsDisclosure: true,
    announcements: 'tolerant',
    slowConsumers: { policy: 'disconnect' },
    topics: [],
    limits: {
      uriLength: 1_024,
      uriComponents: 32,
      sessions: Infinity,
      messageRate: undefined,
      wildcards: 6,
      wildcardNodes: 512,
      subscriptions: 10_000,
      registrations: 10_000,
      pendingCalls: 10_000,
      callBytes: 4 * MIB,
      pendingRequests: 10_000,
      pendingRequestBytes: 4 * MIB,
      testaments: 16,
      testamentBytes: 64 * KIB,
      definitions: 100,
      definitionBytes: 64 * KIB,
      retainedEvents: 20_000,
      retainedBytes: 32 * MIB,
      retainedShare: 50,
      retainedAtOnce: 1_000,
      retainedBytesAtOnce: MIB,
      durableSubscriptions: 1_000,
      durableSubscriptionsPerUser: 100,
      durableInFlightPerUser: 10_000,
      historyAnswerBytes: MIB,
    },
  })
})
