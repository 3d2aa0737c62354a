// Warnings of settings that work but are rarely intended. check.ts finds the mistakes.

import { actsOnOthersByPattern } from '@trunkline/router'
import { isLoopback } from '../loopback.ts'
import { sizeText } from '../quantities.ts'
import type { Config } from './config.ts'
import type { ListenerConfig } from './listeners.ts'
import { addressOf } from './listeners.ts'

/** The router's defaults. */
const DEFAULT_BYTES = 4 * 1024 * 1024
const DEFAULT_STORE_BYTES = { memory: 64 * 1024 * 1024, lmdb: 8 * 1024 ** 3 }

/** The warnings, one sentence each. */
export function warningsOf(config: Config): string[] {
  const workers = config.document.workers ?? 1
  return [
    ...tooSmallOutbox(config),
    ...config.listeners.flatMap(openMetrics),
    ...anonymousActing(config),
    ...unboundedTopics(config),
    ...tooSmallStore(config),
    ...apartWithWorkers(config, workers),
  ]
}

/** Roles of clients without a login that may end the sessions of others, or take their registrations, by a rule that does not say so. */
function anonymousActing({ router: { realms } }: Config): string[] {
  return Object.entries(realms).flatMap(([realm, { authentication, roles = {} }]) => {
    const role = authentication?.anonymous?.role
    const acting = role === undefined || !Object.hasOwn(roles, role) ? [] : actsOnOthersByPattern(roles[role] ?? [])
    if (acting.length === 0) return []
    return [
      `realm ${realm}: everybody who connects without a login gets the role ${role}, whose rules grant ${acting.join(', ')} by a pattern: ` +
        'name the procedures that the role needs',
    ]
  })
}

/** Durable topics whose publishers can fill the store. */
function unboundedTopics({ router: { realms } }: Config): string[] {
  return Object.entries(realms).flatMap(([realm, { topics = [] }]) =>
    topics.flatMap(({ uri, durable }) =>
      durable === undefined || durable.keep?.bytes !== undefined
        ? []
        : [`realm ${realm}: whoever may publish to the durable topics ${uri} can fill the store for all others: set keep.octets`],
    ),
  )
}

/** A store that is full before the entries for durable topics drop their oldest events. */
function tooSmallStore({ router: { realms }, store }: Config): string[] {
  if (store === undefined) return []
  const most = (store.in === 'lmdb' ? store.maxBytes : undefined) ?? DEFAULT_STORE_BYTES[store.in]
  const kept = Object.values(realms)
    .flatMap(({ topics = [] }) => topics)
    .reduce((sum, { durable }) => sum + (durable?.keep?.bytes ?? 0), 0)
  if (kept <= most) return []
  const advice = store.in === 'lmdb' ? 'raise store.size or lower keep.octets' : 'lower keep.octets'
  return [
    `the entries for durable topics may keep ${sizeText(kept)} together (keep.octets), and the store takes ${sizeText(most)}: ` +
      `those that fill it leave no room to the others; ${advice}`,
  ]
}

/** Metrics for everybody who can connect, at an address that other machines may reach. */
function openMetrics(listener: ListenerConfig): string[] {
  if (listener.kind !== 'metrics' || 'path' in listener.listen) return []
  const { addresses, token } = listener.metrics
  const { host } = listener.listen
  if (addresses !== undefined || token !== undefined || isLoopback(host)) return []
  return [`everybody who can connect to ${addressOf(listener)} can read the metrics: set addresses or token`]
}

/** What each of several processes has for itself. */
export function apartWithWorkers({ router }: Config, workers: number | 'auto'): string[] {
  if (workers === 1) return []
  const issuing = Object.entries(router.realms).filter(([, { authentication }]) => authentication?.cookie?.issued !== undefined)
  const { sessionsPerAddress } = router.limits
  return [
    ...issuing.map(([name]) => `with several workers a cookie that realm '${name}' issues logs in only at the worker that issued it`),
    ...(sessionsPerAddress === undefined ? [] : ['with several workers each allows limits.sessionsPerAddress sessions from one address']),
  ]
}

function tooSmallOutbox(config: Config): string[] {
  const { messageBytes = DEFAULT_BYTES, outboxBytes = DEFAULT_BYTES } = config.router.limits
  const longest = Math.max(messageBytes, ...config.listeners.map(({ maxMessageBytes }) => maxMessageBytes ?? 0))
  // The two defaults are made for each other, so they cause no warning.
  const isDefault = longest === DEFAULT_BYTES && outboxBytes === DEFAULT_BYTES
  if (isDefault || outboxBytes >= 2 * longest) return []
  return [
    `limits.outbox (${sizeText(outboxBytes)}) holds fewer than two messages of limits.message (${sizeText(longest)}): ` +
      `while one is queued, the router refuses a second one or closes the session; raise it to ${sizeText(2 * longest)}`,
  ]
}
