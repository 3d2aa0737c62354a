// What metrics read of a router. Types only.

import type { EventLoopWatch } from '../event-loop-watch.ts'
import type { CallDurations, Counters, RealmView } from '../core/index.ts'

/** What a router holds at one moment. */
export interface RouterLoad {
  /** Connections with or without a session, those in this process included. */
  readonly connections: number
  /** Sockets and connections on which no session is open. */
  readonly connectionsBeforeLogin: number
  /** Octets queued for all sessions; the same event counts once. */
  readonly queuedBytes: number
  /** Sessions for which anything is queued. */
  readonly queuedSessions: number
  /** Whether the router is about to stop. */
  readonly isDraining: boolean
}

/** Another node of the cluster, as a router sees it. */
export interface NodeLoad {
  readonly node: string
  /** Its machine. */
  readonly host: string
  /**
   * As it says itself while there is a link to it. Else `left`: it stopped and said so; `incompatible`: it is there, and speaks no version
   * that this node speaks; `lost`: anything else.
   */
  readonly state: 'joining' | 'up' | 'draining' | 'left' | 'incompatible' | 'lost'
  /** The octets that wait for it. */
  readonly queuedBytes: number
  /** The packets that were sent to it again. */
  readonly resent: number
  /** How long it takes to acknowledge, in ms; undefined as long as none was measured. */
  readonly roundTripMs: number | undefined
  /** How far its clock is ahead of this node's, in ms, as it said it last. */
  readonly clockAheadMs: number
  /** The realms that it serves by other settings than this node. */
  readonly otherSettings: readonly string[]
}

/** What a router knows of its cluster. */
export interface ClusterLoad {
  /** The name of this node. */
  readonly node: string
  /** The others of which was heard in the last 10 minutes. */
  readonly nodes: readonly NodeLoad[]
  /** Since the start; undefined where links are of another kind. */
  readonly counts:
    | {
        readonly framesSent: number
        readonly framesReceived: number
        readonly framesUnwritable: number
        readonly packetsSent: number
        readonly packetsReceived: number
        readonly packetsResent: number
        readonly packetsDropped: number
        readonly sessionsPaced: number
        readonly linksLost: number
        readonly linksPutOff: number
        readonly strangers: number
        readonly hellosMalformed: number
      }
    | undefined
}

export interface MeasuredRouter {
  /** Undefined where it stands alone. */
  readonly cluster: ClusterLoad | undefined
  readonly counters: Counters
  readonly durations: CallDurations
  readonly realms: readonly RealmView[]
  readonly load: RouterLoad
  readonly eventLoop: EventLoopWatch
}
