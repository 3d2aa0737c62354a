// The types of a platform's WebSocket.

/** A WebSocket, with a method that only the `ws` package adds. */
export type AnyWebSocket = WebSocket & { terminate?(): void }

/** Makes a WebSocket that has begun to connect. */
export type WebSocketClass = (url: string, protocol: string) => AnyWebSocket
