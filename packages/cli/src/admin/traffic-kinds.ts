// What is shown of the traffic.

export const TRAFFIC_KINDS = ['call', 'publish', 'register', 'unregister', 'subscribe', 'unsubscribe', 'join', 'leave'] as const
export type TrafficKind = (typeof TRAFFIC_KINDS)[number]
