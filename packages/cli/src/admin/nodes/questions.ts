// What nodes ask one another, so that each of them shows all. Every question and answer is JSON. Types only.

import type { LogArea, SessionSelection } from '@trunkline/router'
import type { Threshold } from '../../leveled-log.ts'
import type { Picture, PublicationSubscribers, SubscribersWish } from '../graph.ts'
import type { ProcessStatus } from '../admin-status.ts'
import type { ShownSession } from '../rows.ts'
import type { TailPart, TailWish } from '../tail.ts'
import type { GraphWish } from '../graph.ts'
import type { Member } from '../members.ts'
import type { ListPart, ListWish } from './list-part.ts'

/** Each question with its answer. What is answered is bounded: pages, the lines of a moment, the edges that are shown. */
export interface Asked {
  readonly status: { readonly ask: object; readonly answer: ProcessStatus }
  readonly list: { readonly ask: ListWish; readonly answer: ListPart }
  readonly session: { readonly ask: { readonly id: number; readonly realms: readonly string[] }; readonly answer: ShownSession | null }
  readonly limits: { readonly ask: object; readonly answer: Hits }
  readonly kick: { readonly ask: KickWish; readonly answer: number }
  readonly logLevel: { readonly ask: LevelWish; readonly answer: null }
  /** Begins a look with the first of these; it ends when no more come. Answers with what it has seen since the one before. */
  readonly tail: { readonly ask: LookWish<TailWish> & { readonly hasPayload: boolean }; readonly answer: TailPart }
  readonly graph: { readonly ask: LookWish<GraphWish>; readonly answer: Picture }
  readonly endLook: { readonly ask: { readonly key: string }; readonly answer: null }
  readonly subscribers: { readonly ask: SubscribersWish; readonly answer: readonly PublicationSubscribers[] }
  readonly changes: { readonly ask: object; readonly answer: ProcessChanges }
}

export type What = keyof Asked
export type Ask<Of extends What> = Asked[Of]['ask']
export type AnswerTo<Of extends What> = Asked[Of]['answer']

/** A question on its way. */
export interface AdminQuestion {
  readonly about: What
  readonly ask: unknown
}

/** What came of a question to other nodes. */
export interface OthersAnswers {
  readonly answers: readonly { readonly node: string; readonly answer: unknown }[]
  /** Those that did not answer in time, or cannot be reached. */
  readonly missing: readonly string[]
}

/** All nodes of the cluster, or only the processes of this router: its workers. */
export type Scope = 'cluster' | 'router'

/** The other nodes, of a router that does not stand alone as one process. */
export interface OtherNodes {
  /** The name of this one. */
  readonly node: string
  /** The name of the router, which its processes have in common. */
  readonly router: string
  /** The names of all processes of the router; empty where there is one. */
  readonly workers: readonly string[]
  /** What all of them share: a text that differs each time the router is started, its first process, and when that was started. */
  readonly run: string | undefined
  readonly pid: number
  readonly since: number
  /** Whether this one publishes what changes in all processes of the router. */
  leads(): boolean
  ask(question: AdminQuestion, scope: Scope): Promise<OthersAnswers>
}

/** How often each limit has refused something. */
export type Hits = readonly (readonly [limit: string, hits: number])[]

export interface KickWish {
  readonly selection: SessionSelection
  readonly reason: string | undefined
  readonly message: string | undefined
}

export interface LevelWish {
  readonly level: Threshold | 'default'
  readonly area: LogArea | undefined
  readonly by: Readonly<Record<string, unknown>>
}

export interface LookWish<Wish> {
  readonly key: string
  readonly wish: Wish
  /** Whose look it is. */
  readonly session: number
}

/** What one process has counted since it was started, and who has come and gone there since it was asked before. */
export interface ProcessChanges {
  readonly opened: number
  readonly closed: number
  readonly limits: Hits
  readonly joined: readonly Member[]
  readonly left: readonly Member[]
}
