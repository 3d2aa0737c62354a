// What a store holds, as tables for people and as a document for programs.

import type { StoredRealm } from '@trunkline/router/store-lmdb'
import { textTable } from '../text-table.ts'
import { notationOf } from './event-lines.ts'

/** A realm as JSON has it. */
export function documentOf({ logs, subscriptions, ...realm }: StoredRealm): object {
  return { ...realm, logs, subscriptions: subscriptions.map(({ attempts, ...rest }) => ({ ...rest, attempts: [...attempts] })) }
}

/** All realms, their topics, and their durable subscriptions. */
export function tablesOf(realms: readonly StoredRealm[]): string {
  if (realms.length === 0) return 'the store is empty\n'
  const logs = realms.flatMap(({ name, logs: each }) => each.map((log) => ({ realm: name, ...log })))
  const subscriptions = realms.flatMap(({ name, last, subscriptions: each }) => each.map((one) => ({ realm: name, last, ...one })))
  const isoOf = (time: number | undefined): string | null => (time === undefined ? null : new Date(time).toISOString())
  const tables = [
    textTable(realms, [
      { title: 'REALM', of: ({ name }) => name },
      { title: 'EVENTS', of: ({ logs: each }) => each.reduce((sum, { events }) => sum + events, 0) },
      { title: 'OCTETS', of: ({ logs: each }) => each.reduce((sum, { bytes }) => sum + bytes, 0) },
      { title: 'LAST', of: ({ last }) => last },
      { title: 'RETAINED', of: ({ retained }) => retained },
      { title: 'EPOCH', of: ({ epoch }) => epoch },
    ]),
    textTable(logs, [
      { title: 'REALM', of: ({ realm }) => realm },
      { title: 'TOPICS', of: ({ name }) => notationOf(name) },
      { title: 'EVENTS', of: ({ events }) => events },
      { title: 'OCTETS', of: ({ bytes }) => bytes },
      { title: 'OLDEST', of: ({ oldest }) => oldest?.position ?? null },
      { title: 'FROM', of: ({ oldest }) => isoOf(oldest?.time) },
      { title: 'NEWEST', of: ({ newest }) => newest?.position ?? null },
      { title: 'TO', of: ({ newest }) => isoOf(newest?.time) },
    ]),
    textTable(subscriptions, [
      { title: 'REALM', of: ({ realm }) => realm },
      { title: 'SUBSCRIPTION', of: ({ name }) => name },
      { title: 'TOPICS', of: ({ filter }) => notationOf(`${filter.match} ${filter.uri}`) },
      { title: 'OF', of: ({ principal }) => principal },
      { title: 'ACKNOWLEDGED', of: ({ acked }) => acked },
      { title: 'LAST', of: ({ last }) => last },
    ]),
  ]
  return tables.filter((_, i) => [realms, logs, subscriptions][i]?.length !== 0).join('\n')
}
