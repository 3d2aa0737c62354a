// What answers over HTTP where a WebSocket should be: the router, a page, a redirect, a proxy. Judges nothing.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import type { Socket } from 'node:net'
import type { TlsOptions } from '@trunkline/client'

export interface Asking {
  /** `ws://` or `wss://`. */
  readonly url: URL
  readonly tls: TlsOptions | undefined
  /** How long to wait for the head of the answer, however it comes. */
  readonly patienceMs: number
}

/** The head of an answer, whose connection is open. */
export interface HttpAnswer {
  readonly response: IncomingMessage
  /** Of an answer that changes the protocol: the connection, and the first octets behind the head. */
  readonly upgraded?: { readonly socket: Socket; readonly head: Buffer }
}

/** Asks. Rejects without an answer. */
export function httpAnswer({ url, tls, patienceMs }: Asking, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url.href.replace(/^ws/, 'http'))
    const send = target.protocol === 'https:' ? requestTls : request
    const asked = send(target, { ...tls, headers, agent: false } as object)
    const timer = setTimeout(() => asked.destroy(noAnswer(patienceMs)), patienceMs)
    asked.on('upgrade', (response, socket, head) => resolve({ response, upgraded: { socket, head } }))
    asked.on('response', (response) => resolve({ response }))
    for (const event of ['upgrade', 'response', 'close']) asked.on(event, () => clearTimeout(timer))
    asked.on('error', reject)
    asked.end()
  })
}

/** What came of something that took too long. */
export function noAnswer(patienceMs: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no answer within ${patienceMs / 1_000} s`), { code: 'ETIMEDOUT' })
}

/** The headers that ask for WebSocket. */
export function upgradeHeaders(subprotocol: string): Readonly<Record<string, string>> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': subprotocol,
  }
}
