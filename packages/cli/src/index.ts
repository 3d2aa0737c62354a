// The entry of the package `trunkline`: all exports of the client and the router, and `defineConfig` for
// configurations that are modules. Client and router share two names: `Clock` and `TransportOwner` are the client's,
// `RouterClock` and `RouterTransportOwner` the router's.

export * from '@trunkline/client'
export * from '@trunkline/router'
export type { Clock, TransportOwner } from '@trunkline/client'
export type { Clock as RouterClock, TransportOwner as RouterTransportOwner } from '@trunkline/router'
export { defineConfig } from './config/define.ts'
export type { TrunklineConfig } from './config/schema.ts'
