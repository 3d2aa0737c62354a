// What a platform gives for making WebSockets. Types only.

/** A WebSocket, and what only the `ws` package adds to it. */
export type AnyWebSocket = WebSocket & { terminate?(): void }

/** Makes a WebSocket that has begun to connect. */
export type WebSocketClass = (url: string, protocol: string) => AnyWebSocket
