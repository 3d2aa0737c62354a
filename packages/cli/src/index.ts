// The door of the package `trunkline`: everything of the client and the router under one name, and `defineConfig` for
// configurations that are modules. Two names are of both:
// here they are the client's, and `RouterClock` and `RouterTransportOwner` are the router's.

export * from '@trunkline/client'
export * from '@trunkline/router'
export type { Clock, TransportOwner } from '@trunkline/client'
export type { Clock as RouterClock, TransportOwner as RouterTransportOwner } from '@trunkline/router'
export { defineConfig } from './config/define.ts'
export type { TrunklineConfig } from './config/schema.ts'
