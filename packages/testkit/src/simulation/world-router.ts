// What a world needs of a router, or of what stands in the place of one.

import type { Connection, Packet } from './network.ts'
import type { Wire } from './wire.ts'

export interface WorldRouter {
  /** Its connections whose end has not been reported to it. */
  readonly open: readonly Connection[]
  /** A connection is opened. */
  accept(connection: Connection, wire: Wire): void
  /** Messages arrive, all in one turn. */
  receive(connection: Connection, packets: readonly Packet[]): void
  /** A connection has ended. */
  over(connection: Connection): void
  /** A peer reads again. */
  drain(connection: Connection): void
  /** A second has passed. */
  tick(): void
  /** When it wants to be woken. */
  wakeAt(): number
  wake(): void
  /** The router hands a message over. */
  sent(connection: Connection, list: readonly unknown[]): void
  /** Whether the connection has a session whose WELCOME was seen. */
  hasSession(connection: Connection): boolean
  /** From now on nothing goes wrong between nodes. */
  calm?(): void
  /** Nothing has gone wrong for a time. @throws {SimulationFailure} */
  checkCalm?(): void
  /** After all clients have left: is anything of any client left? @throws {SimulationFailure} */
  checkEmpty(): void
}
