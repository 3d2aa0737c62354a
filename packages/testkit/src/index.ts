// The entry point of @trunkline/testkit: linked sessions with a manual clock.

export { ConnectProxy, ProxyAgent } from './connect-proxy.ts'
export { selfSigned } from './certificate.ts'
export * from './formats.ts'
export * from './test-peer.ts'
export * from './world.ts'
export { readTable } from './protocol-tables.ts'
export type { ProtocolTable } from './protocol-tables.ts'
