// The entry of @trunkline/router/cluster-nats. Only programs whose nodes are joined by NATS import it, since it needs `@nats-io/transport-node`.

export { NatsBus } from './nats-bus.ts'
export type { NatsBusOptions } from './nats-bus.ts'
