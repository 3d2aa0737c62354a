// Short answers to HTTP requests. Decides nothing.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { SerializerName } from '@trunkline/protocol'

/** Answers with a line of text, or with no body where the status is enough. */
export function answer(response: ServerResponse, status: number, text?: string, headers: Readonly<Record<string, string>> = {}): void {
  if (text !== undefined) return send(response, status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`), headers)
  response.writeHead(status, status === 204 ? headers : { 'Content-Length': 0, ...headers })
  response.end()
}

/** Writes the head of an answer whose body is a serialized message or batch. */
export function beginMessage(response: ServerResponse, serializer: SerializerName, { length }: Uint8Array): void {
  const type = serializer === 'json' ? 'application/json; charset=utf-8' : 'application/octet-stream'
  response.writeHead(200, headersOf(type, length, { 'Cache-Control': 'no-store' }))
}

/** Answers with a body of any kind; forbids browsers to guess its type. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headersOf(type, body.length, headers))
  response.end(body)
}

function headersOf(type: string, octets: number, more: Readonly<Record<string, string>>): OutgoingHttpHeaders {
  return { 'Content-Type': type, 'Content-Length': octets, 'X-Content-Type-Options': 'nosniff', ...more }
}
