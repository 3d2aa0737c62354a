// The areas of the log, with what an operator finds in each.

import type { LogArea } from '@trunkline/router'

/** A sentence for each area. */
export const LOG_AREAS = {
  router: 'Start and stop of the router, and faults of its own.',
  listeners: 'Addresses, connections and origins that are refused, certificates, file descriptors.',
  logins: 'Logins that are refused, and authenticators that fail.',
  sessions:
    'Sessions that the router ends, clients that do not read, messages against the protocol. With debug: each session that joins or leaves.',
  rights: 'Authorizers that fail. With debug: each request that is refused.',
  limits: 'Limits that are reached.',
  realms: 'Realms that change, are created on demand, or are asked for and not there.',
  contracts: 'Payloads that break a contract.',
  configuration: 'Reloads, and files that cannot be read or opened again.',
  admin: 'What operators change or look at: kick, drain, levels of the log, payload.',
  traces: 'Spans that cannot be sent.',
  cluster: 'Other nodes that come, are lost, or break the protocol of the cluster.',
  store: 'The store of events on the disk: one that is full, damaged, or cannot be written to.',
} as const satisfies Readonly<Record<LogArea, string>>

export const AREAS = Object.keys(LOG_AREAS) as readonly LogArea[]
