// The request that opens a WebSocket, and the check of its answer (RFC 6455, "Opening Handshake"). Never reads a frame.

import { createHash, randomBytes } from 'node:crypto'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { request as requestOver } from 'node:http'
import { globalAgent, request as requestOverTls } from 'node:https'
import type { Socket } from 'node:net'
import { unescape } from 'node:querystring'
import { checkWay } from './check-way.ts'
import type { WayOptions } from './way.ts'

/** Of RFC 6455: what the other side appends to the key that it is sent. */
const APPENDED = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Takes the outcome of the request: one call, of one of the two. */
export interface UpgradeOwner {
  /** @param head the first octets behind the answer */
  onUpgrade(socket: Socket, head: Buffer, protocol: string): void
  onRefusal(error: Error): void
}

/**
 * Sends the request.
 * @param address `ws://` or `wss://`
 * @param protocol the subprotocol that is asked for; undefined for none
 * @returns the request, by which it can be abandoned
 */
export function requestUpgrade(address: string, protocol: string | undefined, way: WayOptions, owner: UpgradeOwner): ClientRequest {
  checkWay(way)
  const url = new URL(address.replace(/^ws/i, 'http'))
  const { tls, httpAgent } = way
  const { username, password } = url
  const auth = username === '' && password === '' ? undefined : `${unescape(username)}:${unescape(password)}`
  url.username = url.password = ''
  const key = randomBytes(16).toString('base64')
  const options = { ...tls, auth, headers: headersOf(key, protocol, way), agent: (httpAgent as Agent) ?? environmentAgent(url) ?? false }
  const request = url.protocol === 'https:' ? requestOverTls(url, options as object) : requestOver(url, options)
  let isOver = false
  const refuse = (error: Error): void => {
    if (!isOver) owner.onRefusal(error)
    isOver = true
    request.destroy()
  }
  request.on('error', refuse)
  request.on('response', ({ statusCode }: IncomingMessage) => refuse(new Error(`Unexpected server response: ${statusCode}`)))
  request.on('upgrade', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
    const fault = faultOf(answer, key, protocol)
    if (fault !== undefined) {
      socket.destroy()
      return refuse(new Error(fault))
    }
    isOver = true
    owner.onUpgrade(socket, head, answer.headers['sec-websocket-protocol'] ?? '')
  })
  request.end()
  return request
}

function headersOf(key: string, protocol: string | undefined, { headers }: WayOptions): Record<string, string> {
  return {
    ...headers,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    // No compression is offered: the memory of its contexts is larger than most WAMP messages.
    ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }),
  }
}

/** Why an answer opens no WebSocket; undefined if it does. */
function faultOf({ headers }: IncomingMessage, key: string, asked: string | undefined): string | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Invalid Upgrade header'
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.connection ?? '')) return 'Invalid Connection header'
  const expected = createHash('sha1').update(`${key}${APPENDED}`).digest('base64')
  if (headers['sec-websocket-accept'] !== expected) return 'Invalid Sec-WebSocket-Accept header'
  if (headers['sec-websocket-extensions'] !== undefined) return 'Server chose an extension, but none was offered'
  const protocol = headers['sec-websocket-protocol']
  if (protocol === asked) return undefined
  if (protocol === undefined) return 'Server sent no subprotocol'
  return asked === undefined ? 'Server sent a subprotocol but none was requested' : 'Server sent an invalid subprotocol'
}

/** Node's global agent, if Node is set to respect HTTPS_PROXY and NO_PROXY; without it they are ignored. */
function environmentAgent({ protocol }: URL): Agent | undefined {
  const isAsked = process.env['NODE_USE_ENV_PROXY'] === '1' || process.execArgv.includes('--use-env-proxy')
  return isAsked && protocol === 'https:' ? globalAgent : undefined
}
