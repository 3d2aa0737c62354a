// What the world and its kinds of clients need from each other.

import type { ClientEnd, Connection } from './network.ts'
import type { SharedPlan, Sightings, Target } from './script.ts'
import type { ClientPlan, Step } from './settings.ts'
import type { Wire } from './wire.ts'

/** What a client needs from its world. */
export interface ClientWorld {
  /** The topics and procedures in use. */
  readonly uris: readonly string[]
  /** Procedures that many clients offer together. */
  readonly shared: SharedPlan | undefined
  wire(plan: ClientPlan): Wire
  /** What was seen of the router of that client. */
  seenBy(plan: ClientPlan): Sightings
  /** What the realm of that client keeps the history of. */
  histories(plan: ClientPlan): readonly Target[]
  /** Whether the realm of that client takes request ids in any order. */
  takesAnyId(plan: ClientPlan): boolean
  /** Milliseconds since 1970. */
  now(): number
  /** Opens a transport to the router. */
  connect(client: SimulatedClient, end: ClientEnd): Connection
  /** A text never used before in this world. */
  token(client: number): string
  /** A fault of the client that must not happen. */
  blame(client: number, invariant: string, text: string): void
  /** Runs a task after a number of milliseconds of simulated time. */
  after(milliseconds: number, task: () => void): () => void
}

export interface SimulatedClient {
  readonly index: number
  readonly plan: ClientPlan
  readonly connection: Connection | undefined
  /** Takes a step; what it cannot do now is left out. */
  act(step: Step): void
  /** Answers every invocation that it has not answered. */
  answerAll(): void
  /** Leaves by GOODBYE, or drops the connection. */
  part(isGraceful: boolean): void
  /** At the very end: what should have ended and has not. */
  leftovers(): string[]
}
