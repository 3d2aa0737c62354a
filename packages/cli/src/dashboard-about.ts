// What the router says of itself to the dashboard that it serves, at about.json beside the page. Types only.

export interface About {
  /** The realm of the admin API. */
  readonly adminRealm: string
  /** Where to open the WebSocket, relative to the page. */
  readonly socket: string
  /** Only of `trunkline dev`. */
  readonly development?: Development | undefined
}

export interface Development {
  /** Where the demo is. */
  readonly realm: string
  /** The addresses at which the router listens. */
  readonly listeners: readonly string[]
  /** The words that start the command here, for lines to copy. */
  readonly command: string
}
