// The door of @trunkline/testkit: linked sessions with a manual clock.

export * from './manual-ports.ts'
export * from './test-peer.ts'
export * from './world.ts'
