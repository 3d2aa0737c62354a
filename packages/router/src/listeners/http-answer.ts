// Short answers to HTTP requests. Decides nothing.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { SerializerName } from '@trunkline/protocol'

/** The body of an answer. */
export interface Content {
  readonly type: string
  readonly octets: Uint8Array
}

/** Answers with a line of text, or with no body where the status is enough. */
export function answer(response: ServerResponse, status: number, text?: string, headers: Readonly<Record<string, string>> = {}): void {
  if (text !== undefined) return send(response, status, content('text/plain; charset=utf-8', `${text}\n`), headers)
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
  { type, octets }: Content,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headersOf(type, octets.length, headers))
  response.end(octets)
}

/** Ends a connection with the status alone, whatever answer a handler may still give. */
export function endWith(socket: Socket, status: string): void {
  if (!socket.writable) return void socket.destroy()
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  socket.destroySoon()
}

/** A text as the body of an answer. */
export function content(type: string, text: string): Content {
  return { type, octets: Buffer.from(text) }
}

function headersOf(type: string, octets: number, more: Readonly<Record<string, string>>): OutgoingHttpHeaders {
  return { 'Content-Type': type, 'Content-Length': octets, 'X-Content-Type-Options': 'nosniff', ...more }
}
