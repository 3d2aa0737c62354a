// What the run and the process of the ways to NATS say to one another. Types only.

/** What happens to messages to a node. */
export interface Forecast {
  /** The nodes of which nothing comes. */
  readonly deafTo: readonly string[]
  /** How many of the others are lost, and come twice, of 1. */
  readonly loss: number
  readonly repetition: number
  /** Each is held back for up to so long, by itself, so that they change places. */
  readonly delayMs: number
}

/** `open`: the way of a node to the servers at these ports. `weather`: from now on, by node; clear where none is named. */
export type ToWays =
  | { readonly open: string; readonly ports: readonly number[] }
  | { readonly weather: Readonly<Partial<Record<string, Forecast>>> }

export type FromWays = { readonly open: string; readonly urls: readonly string[] } | { readonly isSet: true }
