// Options of the way to a router that only Node has.

/** Node only, and not with WebSockets of a browser: how to check the router's certificate, and which one to present. */
export interface TlsOptions {
  /** Certificates (PEM) to trust in place of Node's own. */
  readonly ca?: string | readonly string[] | undefined
  /** Default true. With false any server can pose as the router: for tests only. */
  readonly rejectUnauthorized?: boolean | undefined
  /** The certificate (PEM) of this client, and its private key; for routers that ask for one. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Options of the connection that only Node supports; in a browser the platform decides about them. */
export interface WayOptions {
  readonly tls?: TlsOptions | undefined
  /** Headers of the request that opens a WebSocket, and of all requests of long-poll: for gateways and cookies. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** An `Agent` of `node:http` or, over TLS, of `node:https` that makes the connections of WebSocket and long-poll, such as ones through a proxy. */
  readonly httpAgent?: object | undefined
}
