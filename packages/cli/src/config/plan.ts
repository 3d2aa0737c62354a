// The steps from one checked configuration to another, and the changes in words. It only plans.

import { durationText, sizeText } from '../quantities.ts'
import { childPath } from './check.ts'
import type { Config } from './config.ts'
import type { ListenerConfig } from './listeners.ts'
import { HIDDEN, isHidden } from './hidden.ts'
import type { DictNode, MapNode, Node } from './nodes.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import { shownText } from './show.ts'

/** The steps from one configuration to the next. */
export interface ConfigPlan {
  readonly listeners: Difference<ListenerConfig>
  /** By name. */
  readonly realms: Difference<string>
  readonly changesLimits: boolean
  /** Each change in a line, in the order of the file; empty when nothing changes. */
  readonly changes: readonly string[]
}

interface Difference<T> {
  readonly added: readonly T[]
  readonly removed: readonly T[]
  /** In their new form. */
  readonly changed: readonly T[]
}

/** Compares two configurations. */
export function planChanges(from: Config, to: Config): ConfigPlan {
  const listeners = listenerDifference(from.listeners, to.listeners)
  const realms = realmDifference(from.router.realms, to.router.realms)
  return {
    listeners,
    realms,
    changesLimits: !isSame(from.document.limits, to.document.limits),
    changes: [
      ...listenerChanges(listeners, from.listeners),
      ...documentChanges(from.document, to.document).filter((line) => !line.startsWith('listeners')),
      ...realms.changed
        .filter((name) => isSame(from.document.realms[name], to.document.realms[name]))
        .map((name) => `${childPath('realms', name)} changed: a file that it names`),
    ],
  }
}

function realmDifference(from: Config['router']['realms'], to: Config['router']['realms']): Difference<string> {
  const [before, after] = [Object.keys(from), Object.keys(to)]
  return {
    added: after.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !after.includes(name)),
    // Compares values as read, not as written: the content of a named file may have changed.
    changed: after.filter((name) => before.includes(name) && !isSame(from[name], to[name])),
  }
}

function listenerDifference(from: readonly ListenerConfig[], to: readonly ListenerConfig[]): Difference<ListenerConfig> {
  const earlier = new Map(from.map((listener) => [listener.place, listener]))
  const later = new Set(to.map(({ place }) => place))
  return {
    added: to.filter(({ place }) => !earlier.has(place)),
    removed: from.filter(({ place }) => !later.has(place)),
    changed: to.filter((listener) => earlier.has(listener.place) && !isSame(listener, earlier.get(listener.place))),
  }
}

function listenerChanges({ added, removed, changed }: Difference<ListenerConfig>, from: readonly ListenerConfig[]): string[] {
  return [
    ...removed.map(({ place }) => `listener ${place} removed`),
    ...added.map(({ place }) => `listener ${place} added`),
    ...changed.map((listener) => {
      const earlier = from.find(({ place }) => place === listener.place)
      const members = LISTENER_MEMBERS.filter(([member]) => !isSame(memberOf(listener, member), earlier && memberOf(earlier, member)))
      return `listener ${listener.place} changed: ${members.map(([, word]) => word).join(', ')}`
    }),
  ]
}

const LISTENER_MEMBERS = [
  ['tls', 'tls'],
  ['paths', 'paths'],
  ['http', 'http'],
  ['origins', 'origins'],
  ['hosts', 'hosts'],
  ['serializers', 'serializers'],
  ['logins', 'logins'],
  ['metrics', 'metrics'],
  ['dashboard', 'dashboard'],
  ['maxMessageBytes', 'limits.message'],
  ['maxConnections', 'limits.connections'],
] as const

function memberOf(listener: ListenerConfig, member: (typeof LISTENER_MEMBERS)[number][0]): unknown {
  return Object.entries(listener).find(([name]) => name === member)?.[1]
}

/** The differences between two documents, one line for each key. */
export function documentChanges(from: unknown, to: unknown): string[] {
  return changesOf(CONFIG_SCHEMA, from, to, '')
}

function changesOf(schema: Node, from: unknown, to: unknown, path: string): string[] {
  if (Object.is(from, to)) return []
  if (from === undefined || to === undefined) {
    const shown = shownValue(schema, to ?? from)
    return [`${path} ${to === undefined ? 'removed' : 'added'}${shown === undefined ? '' : `: ${shown}`}`]
  }
  if (schema.kind === 'dict' || schema.kind === 'map') return memberChanges(schema, from, to, path)
  if (isSame(from, to)) return []
  const [before, after] = [shownValue(schema, from), shownValue(schema, to)]
  return [before === undefined ? `${path} changed` : `${path} changed: ${before} -> ${String(after)}`]
}

function memberChanges(schema: DictNode | MapNode, from: unknown, to: unknown, path: string): string[] {
  const [before, after] = [from as Members, to as Members]
  const lines: string[] = []
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [member, earlier, later] = [schema.kind === 'dict' ? schema.keys[key] : schema.of, own(before, key), own(after, key)]
    // Most of many users are the same objects, and even making a path for each would take long.
    if (member === undefined || Object.is(earlier, later)) continue
    const shown = schema.kind === 'map' && schema.hidesNames === true ? HIDDEN : key
    for (const line of changesOf(member, earlier, later, childPath(path, shown))) lines.push(line)
  }
  return lines
}

type Members = Readonly<Record<string, unknown>>

function own(members: Members, key: string): unknown {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

/** A short value as a line can show it; undefined for a long value or a secret. */
function shownValue(schema: Node, value: unknown): string | undefined {
  switch (schema.kind) {
    case 'text':
      return isHidden(schema) ? undefined : shownText(String(value), schema)
    case 'number':
    case 'flag':
      return String(value)
    case 'size':
      return sizeText(Number(value))
    case 'duration':
      return durationText(Number(value))
    case 'list':
    case 'dict':
    case 'map':
    case 'choice':
    case 'either':
    case 'data':
      return undefined
  }
}

/** Whether two values are the same data; octets by their content. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Buffer.isBuffer(a) || Buffer.isBuffer(b)) return Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b)
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Members, b as Members]
  for (const key of Object.keys(left)) if (!isSame(left[key], own(right, key))) return false
  for (const key of Object.keys(right)) if (right[key] !== undefined && !Object.hasOwn(left, key)) return false
  return true
}
