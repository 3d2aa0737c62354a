// What a connection that came as an HTTP request says of who is at its other end. Decides nothing.

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

import type { TransportInfo } from '../core/ports/index.ts'
import type { Entrance } from './entrance.ts'
import { tlsFactsOf } from './tls-facts.ts'

/** The facts of a request's connection. */
export function infoOfRequest(kind: 'websocket' | 'longpoll', { socket, headers }: IncomingMessage, entrance: Entrance): TransportInfo {
  return {
    kind,
    peer: entrance.peerOf(socket),
    address: entrance.addressOf(socket, headers),
    isSecure: socket instanceof TLSSocket || entrance.endsTls(socket, headers),
    ...(kind === 'websocket' ? { tls: tlsFactsOf(socket) } : {}),
    origin: headers.origin,
    cookie: headers.cookie,
    userAgent: headers['user-agent'],
  }
}
