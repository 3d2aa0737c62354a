// The entry of @trunkline/testing: a router inside a test.

export { createTestRouter } from './test-router.ts'
export type { TestRouter } from './test-router.ts'
export type { TestClientOptions, TestRouterOptions, TestSessionOptions } from './options.ts'
export type { Faults } from './faults.ts'
export type { TestClock } from './time.ts'
export type { Crossing, MessageName, SentMessage } from './traffic.ts'
