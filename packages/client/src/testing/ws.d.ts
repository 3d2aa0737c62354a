// The part of the `ws` package that this project uses; the package brings no types of its own.

declare module 'ws' {
  import type { EventEmitter } from 'node:events'
  import type { AddressInfo } from 'node:net'

  type Options = Readonly<Record<string, unknown>>

  export class WebSocket extends EventEmitter {
    constructor(url: string | URL, protocols?: string | readonly string[], options?: Options)
    binaryType: 'nodebuffer' | 'arraybuffer' | 'fragments'
    readonly protocol: string
    readonly readyState: number
    readonly bufferedAmount: number
    send(data: string | Uint8Array, options?: Options, done?: (error?: Error) => void): void
    ping(data?: string | Uint8Array): void
    pong(data?: string | Uint8Array): void
    close(code?: number, reason?: string | Uint8Array): void
    terminate(): void
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: Options, listening?: () => void)
    readonly clients: Set<WebSocket>
    address(): AddressInfo | string | null
    close(done?: (error?: Error) => void): void
  }
}
