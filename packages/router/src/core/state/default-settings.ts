// The settings of a realm that sets none.

import type { RealmSettings } from '../ports/settings.ts'

export const DEFAULT_REALM_SETTINGS: RealmSettings = {
  uriRule: 'loose',
  requestIds: 'tolerant',
  allowsDisclosure: true,
  announcements: 'tolerant',
  slowConsumers: { policy: 'disconnect' },
  topics: [],
  limits: {
    uriLength: 1024,
    uriComponents: 32,
    sessions: Number.POSITIVE_INFINITY,
    messageRate: undefined,
    wildcards: 6,
    wildcardNodes: 512,
    subscriptions: 10_000,
    registrations: 10_000,
    pendingCalls: 10_000,
    callBytes: 4 * 1024 * 1024,
    pendingRequests: 10_000,
    pendingRequestBytes: 4 * 1024 * 1024,
    testaments: 16,
    testamentBytes: 64 * 1024,
    definitions: 100,
    definitionBytes: 64 * 1024,
    retainedEvents: 20_000,
    retainedBytes: 32 * 1024 * 1024,
    retainedShare: 50,
    retainedAtOnce: 1000,
    retainedBytesAtOnce: 1024 * 1024,
    durableSubscriptions: 1_000,
    durableSubscriptionsPerUser: 100,
    durableInFlightPerUser: 10_000,
    historyAnswerBytes: 1024 * 1024,
  },
}
