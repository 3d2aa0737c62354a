// The entry `@trunkline/router/cluster`: what joins routers to one.

export { CompositeBus } from './composite-bus.ts'
export type { UnixBusOptions } from './unix-bus.ts'
export { UnixBus } from './unix-bus.ts'
