// For tests: an HTTP port, and requests to it as they stand on the wire.

import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import type { HttpListenerOptions, Listener, Transport } from '@trunkline/router'

export interface Scene {
  readonly listener: Listener
  readonly port: number
  readonly transports: Transport[]
  readonly errors: unknown[]
}

/** Opens an HTTP port; it closes with the test. */
export async function openHttp(
  create: (options: HttpListenerOptions) => Promise<Listener>,
  options: Partial<HttpListenerOptions> = {},
): Promise<Scene> {
  const transports: Transport[] = []
  const errors: unknown[] = []
  const accept = (transport: Transport) => {
    transports.push(transport)
    return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
  }
  const listener = await create({ host: '127.0.0.1', port: 0, accept, onError: (error) => errors.push(error), ...options })
  onTestFinished(() => {
    const closed = listener.close()
    listener.closeAll()
    return closed
  })
  return { listener, port: Number(new URL(listener.address).port), transports, errors }
}

export const UPGRADE: Readonly<Record<string, string>> = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'wamp.2.json',
}

/** Sends a request and gives back what came until the head of the answer (and, unless it is a 101, the end) was there. */
export async function ask(scene: Scene, start_: string, headers: Readonly<Record<string, string | undefined>>, body = ''): Promise<string> {
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]))
  return exchange(scene.port, `${start_} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

export async function exchange(port: number, request: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
    if (answer.startsWith('HTTP/1.1 101') && answer.includes('\r\n\r\n')) socket.destroy()
  })
  if (request !== '') socket.write(request)
  await once(socket, 'close')
  return answer
}

export const get = (scene: Scene, path: string, method = 'GET'): Promise<string> =>
  ask(scene, `${method} ${path}`, { Host: 'localhost', Connection: 'close' })
export const statusOf = (answer: string): number => Number(answer.split(' ')[1])
export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
