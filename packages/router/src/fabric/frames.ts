// What nodes tell one another over their links, frame by frame. frame-codec.ts has the octets.

import type { Dict, MatchPolicy, Payload } from '@trunkline/protocol'
import type { InvocationPolicy, Standing } from '../core/index.ts'

/** One frame. `realm` is the sender's number of a realm, which its REALM frame announced. */
export type Frame =
  | RealmFrame
  | SettingsFrame
  | SyncedFrame
  | DrainingFrame
  | InterestFrame
  | SharesFrame
  | ClaimFrame
  | UnclaimFrame
  | LostFrame
  | JoinFrame
  | LeaveFrame
  | TestamentFrame
  | ForgetTestamentsFrame
  | DefineFrame
  | PubFrame
  | MissedFrame
  | RetainedDigestFrame
  | ClearRetainedFrame
  | InvokeFrame
  | ChunkFrame
  | InterruptFrame
  | EndFrame
  | ResultFrame
  | FailFrame
  | BounceFrame
  | KillFrame
  | RevokeFrame
  | AskFrame
  | AnswerFrame

interface OfRealm {
  readonly realm: number
}

/** Gives a realm its number, from the sender's side. */
export interface RealmFrame extends OfRealm {
  readonly type: 'realm'
  readonly name: string
  /** Another one whenever a process begins to serve the realm. */
  readonly life: number
}

/** The settings by which the sender serves a realm, behind its REALM frame and whenever they change. */
export interface SettingsFrame extends OfRealm {
  readonly type: 'settings'
  /** The same for the same settings; empty: the sender serves the realm no more. */
  readonly digest: string
}

/** The whole state of a realm was sent. */
export interface SyncedFrame extends OfRealm {
  readonly type: 'synced'
}

/** The sender takes no new calls: it is about to stop. Not of one realm: `realm` is 0. */
export interface DrainingFrame extends OfRealm {
  readonly type: 'draining'
}

/** The sender has subscribers of a topic or pattern, or has none any more. */
export interface InterestFrame extends OfRealm {
  readonly type: 'interest'
  readonly subscription: number
  readonly match: MatchPolicy
  readonly uri: string
  /** When it was created, in milliseconds since 1970. */
  readonly created: number
  /** With this stamp the last of its subscribers has gone; undefined: it is there. */
  readonly ended: number | undefined
  /** Its subscribers that share events with a key. */
  readonly sharers: readonly Sharer[]
}

/** A subscriber that shares events with a key: its session, and the hash of its `nkey`. */
export interface Sharer {
  readonly session: number
  readonly node: number
}

/** A subscriber of the sender shares events with a key under this hash from now on; undefined: no longer. */
export interface SharesFrame extends OfRealm {
  readonly type: 'shares'
  readonly match: MatchPolicy
  readonly uri: string
  readonly session: number
  readonly node: number | undefined
}

/** A callee of the sender claims its place; or is going to, where its standing is `coming`. */
export interface ClaimFrame extends OfRealm {
  readonly type: 'claim'
  readonly registration: number
  readonly session: number
  readonly stamp: number
  readonly match: MatchPolicy
  readonly invoke: InvocationPolicy
  readonly uri: string
  readonly standing: Standing
  readonly wantsCaller: boolean
  readonly keepsTime: boolean
  /** Only of a sharded registration. */
  readonly share: { readonly node: number; readonly number: number; readonly shards: readonly number[] | undefined } | undefined
}

/** A callee of the sender has left its place. */
export interface UnclaimFrame extends OfRealm {
  readonly type: 'unclaim'
  readonly registration: number
  readonly session: number
  /** The registration has ended with it, and the sender has published that. */
  readonly isEnd: boolean
  /** A claim made by force, with this stamp, took its place and those of all callees before it. */
  readonly before: number | undefined
}

/** A callee of the receiver has lost its place to a better claim. */
export interface LostFrame extends OfRealm {
  readonly type: 'lost'
  readonly registration: number
  readonly session: number
  readonly stamp: number
  /** The better claim was made by force, with this stamp. */
  readonly before: number | undefined
}

/** A session of the sender. */
export interface JoinFrame extends OfRealm {
  readonly type: 'join'
  readonly session: number
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly authprovider: string
  readonly transport: string
  /** What it announced, as `callee.call_canceling`; of its roles as callee and subscriber only. */
  readonly features: readonly string[]
}

export interface LeaveFrame extends OfRealm {
  readonly type: 'leave'
  readonly session: number
}

/** A testament of a session of the sender: published by the others when the sender is lost. */
export interface TestamentFrame extends OfRealm {
  readonly type: 'testament'
  readonly session: number
  readonly scope: 'detached' | 'destroyed'
  readonly publication: SentPublication
}

export interface ForgetTestamentsFrame extends OfRealm {
  readonly type: 'forget_testaments'
  readonly session: number
  readonly scope: 'detached' | 'destroyed'
}

/** A session of the sender describes a procedure, topic or error (reflection); without payload it does no longer. */
export interface DefineFrame extends OfRealm {
  readonly type: 'define'
  readonly session: number
  readonly kind: 'procedure' | 'topic' | 'error'
  readonly uri: string
  /** Of two of one URI, the one with the larger stays. */
  readonly stamp: number
  readonly payload: Payload | undefined
}

/** A publication, as every node needs it. */
export interface SentPublication {
  readonly id: number
  readonly topic: string
  /** Of one with a key: by subscription the hash of the `nkey` that gets it. */
  readonly winners: ReadonlyMap<number, number> | undefined
  readonly details: Dict | undefined
  readonly audience: Dict | undefined
  /** Only of an event that is retained. */
  readonly retained: { readonly stamp: number; readonly excluded: number; readonly owner: string | undefined } | undefined
  /** Only kept, and delivered to no subscriber. */
  readonly isPast: boolean
  readonly isOwn: boolean
  readonly payload: Payload | undefined
}

export interface PubFrame extends OfRealm {
  readonly type: 'pub'
  readonly publication: SentPublication
}

/** Events that the sender could not send, by topic. */
export interface MissedFrame extends OfRealm {
  readonly type: 'missed'
  /** That of the realm at the node that has missed them. */
  readonly life: number
  /** Events of topics that are not listed. */
  readonly others: number
  readonly topics: readonly { readonly topic: string; readonly events: number }[]
}

/** The sum of the hashes of all retained events, by which nodes see whether they keep the same. */
export interface RetainedDigestFrame extends OfRealm {
  readonly type: 'retained_digest'
  readonly digest: number
  /** A node that keeps others answers with its own digest. */
  readonly isAsking: boolean
}

/** The retained events of a topic or pattern were cleared: those with this stamp at most. */
export interface ClearRetainedFrame extends OfRealm {
  readonly type: 'clear_retained'
  readonly match: MatchPolicy
  readonly uri: string
  readonly stamp: number
}

/** A call to a callee of the receiver. `ref` names it on this link from now on. */
export interface InvokeFrame extends OfRealm {
  readonly type: 'invoke'
  readonly ref: number
  readonly registration: number
  readonly session: number
  /** More chunks follow. */
  readonly isStream: boolean
  /** Whether the caller has announced payload passthru. */
  readonly takesPassthru: boolean
  /** The number of the caller's owner, to whose share of the link the answers count; 0 where to none. */
  readonly owner: number
  readonly details: Dict | undefined
  readonly payload: Payload | undefined
}

export interface ChunkFrame extends OfRealm {
  readonly type: 'chunk'
  readonly ref: number
  readonly details: Dict | undefined
  readonly payload: Payload | undefined
}

export interface InterruptFrame extends OfRealm {
  readonly type: 'interrupt'
  readonly ref: number
  readonly options: Dict
}

/** The sender has no use for the answer any more. */
export interface EndFrame extends OfRealm {
  readonly type: 'end'
  readonly ref: number
}

export interface ResultFrame extends OfRealm {
  readonly type: 'result'
  readonly ref: number
  readonly details: Dict | undefined
  readonly payload: Payload | undefined
}

export interface FailFrame extends OfRealm {
  readonly type: 'fail'
  readonly ref: number
  /** The callee has left before it answered. */
  readonly hasLeft: boolean
  readonly error: string
  readonly details: Dict | undefined
  readonly payload: Payload | undefined
}

/** The callee of an INVOKE was not there any more: nothing was carried out, and another callee may take it. */
export interface BounceFrame extends OfRealm {
  readonly type: 'bounce'
  readonly ref: number
  /** The queue of the callee had no room; else the callee is not there. */
  readonly isFull: boolean
  /** The INVOKE's, given back; its details hold for that callee only. */
  readonly payload: Payload | undefined
}

/** Ends a session of the receiver. */
export interface KillFrame extends OfRealm {
  readonly type: 'kill'
  readonly session: number
  readonly isQuiet: boolean
  readonly reason: string
  readonly message: string | undefined
}

/** Takes a session of the receiver out of a registration or subscription. */
export interface RevokeFrame extends OfRealm {
  readonly type: 'revoke'
  readonly kind: 'registration' | 'subscription'
  readonly id: number
  readonly session: number
  readonly reason: string | undefined
}

/** A question of the meta API, or to make room for a session. */
export interface AskFrame extends OfRealm {
  readonly type: 'ask'
  readonly ref: number
  readonly question: string
  readonly arguments: Dict
}

export interface AnswerFrame extends OfRealm {
  readonly type: 'answer'
  readonly ref: number
  readonly answer: Dict
}
