// Short answers to HTTP requests. Decides nothing.

import type { ServerResponse } from 'node:http'
import type { SerializerName } from '@trunkline/protocol'

/** Answers with a line of text, or with no body where the status is enough. */
export function answer(response: ServerResponse, status: number, text?: string, headers: Readonly<Record<string, string>> = {}): void {
  if (text !== undefined) return send(response, status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`), headers)
  response.writeHead(status, status === 204 ? headers : { 'Content-Length': 0, ...headers })
  response.end()
}

/** Answers with a serialized message or batch. */
export function answerMessage(response: ServerResponse, serializer: SerializerName, body: Uint8Array): void {
  send(response, 200, serializer === 'json' ? 'application/json; charset=utf-8' : 'application/octet-stream', body, {
    'Cache-Control': 'no-store',
  })
}

/** Answers with a body of any kind; forbids browsers to guess its type. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, 'X-Content-Type-Options': 'nosniff', ...headers })
  response.end(body)
}
