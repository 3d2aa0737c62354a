// What a client library has to offer to be measured: two sessions of one process, one of which answers calls and gets events.

export const REALM = 'realm1'
export const PROCEDURE = 'com.example.add_one'
export const TOPIC = 'com.example.counted'

/** Both ends, connected: a caller with its callee, and a publisher with its subscriber. */
export interface Ends {
  /** Calls a procedure that adds one to its argument. */
  call(count: number): PromiseLike<unknown>
  /** Publishes an event without asking for an answer. */
  publish(count: number): void
  close(): PromiseLike<unknown>
}

/** Connects both ends to a router. `onEvent` gets the count of each event. */
export type OpenEnds = (url: string, onEvent: (count: unknown) => void) => Promise<Ends>
