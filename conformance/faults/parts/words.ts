// What the harness and its parts say to each other. Types only.

import type { SerializerName } from '@trunkline/protocol'

/** What one part is to be. It may publish, call, subscribe and register at once. */
export interface PartSpec {
  readonly name: string
  readonly url: string
  readonly serializer: SerializerName
  /** The file that it writes its record to. */
  readonly record: string
  /** Publications and calls a second each; 0 for none. */
  readonly rate: number
  readonly subscribe: readonly { readonly topic: string; readonly match?: 'prefix' }[]
  /** Besides, this topic is subscribed and left without end. */
  readonly churn: string | undefined
  readonly register: readonly string[]
}

/** What a part is told. `pause`: end what is under way, then publish the marker. */
export type Order = { readonly pause: number } | { readonly resume: true }

/** What a part tells: it has a session with all that it declared; it has paused; it got a marker. */
export type Report = { readonly ready: number } | { readonly paused: number } | { readonly saw: number; readonly source: string }

export const TOPICS = ['faults.topic.a', 'faults.topic.b', 'faults.topic.c'] as const
export const TOPIC_PREFIX = 'faults.topic.'
/** Published to by all sources, and subscribed for short times. */
export const CHURNED = 'faults.churned'
export const PROCEDURE = 'faults.procedure'

/** What one process of a crowd is to be. */
export interface CrowdSpec {
  readonly mode: 'stay' | 'storm'
  readonly urls: readonly string[]
  readonly clients: number
  readonly perSecond: number
  readonly login: 'anonymous' | 'wampcra'
}

/** What a process of a crowd tells again and again. */
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
