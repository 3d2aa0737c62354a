// The messages between the harness and its parts. Types only.

import type { SerializerName } from '@trunkline/protocol'

/** What one part does. It may publish, call, subscribe and register at once. */
export interface PartSpec {
  readonly name: string
  readonly url: string
  readonly serializer: SerializerName
  /** The file to which it writes its record. */
  readonly record: string
  /** Publications and calls a second each; 0 for none. */
  readonly rate: number
  readonly subscribe: readonly { readonly topic: string; readonly match?: 'prefix' }[]
  /** The part also subscribes to this topic and unsubscribes, without end. */
  readonly churn: string | undefined
  readonly register: readonly string[]
}

/** Commands to a part. `pause`: end the open calls and publications, then publish the marker. */
export type Order = { readonly pause: number } | { readonly resume: true }

/** Reports of a part: it has a session with all that it declared; it has paused; it got a marker. */
export type Report = { readonly ready: number } | { readonly paused: number } | { readonly saw: number; readonly source: string }

export const TOPICS = ['faults.topic.a', 'faults.topic.b', 'faults.topic.c'] as const
export const TOPIC_PREFIX = 'faults.topic.'
/** Published to by all sources, and subscribed for short times. */
export const CHURNED = 'faults.churned'
export const PROCEDURE = 'faults.procedure'

/** What one process of a crowd does. */
export interface CrowdSpec {
  readonly mode: 'stay' | 'storm'
  readonly urls: readonly string[]
  readonly clients: number
  readonly perSecond: number
  readonly login: 'anonymous' | 'wampcra'
}

/** What a process of a crowd reports again and again. */
export interface CrowdReport {
  readonly connected: number
  /** All sessions until now. */
  readonly joins: number
  readonly failures: number
  /** For sessions opened since the last report: from the time at which it was due to WELCOME. */
  readonly openedMs: readonly number[]
}

export const CROWD_USER = 'crowd'
export const CROWD_SECRET = 'the-secret-of-the-crowd'
