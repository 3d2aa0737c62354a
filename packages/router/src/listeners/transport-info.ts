// What a connection that came as an HTTP request says of who is at its other end. Decides nothing.

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

import type { ListenerLogins, TransportInfo } from '../core/ports/index.ts'
import type { Entrance } from './entrance.ts'
import { tlsFactsOf } from './tls-facts.ts'

/**
 * The facts of a request's connection.
 * @param logins whom its listener lets in
 */
export function infoOfRequest(
  kind: 'websocket' | 'longpoll',
  { socket, headers }: IncomingMessage,
  entrance: Entrance,
  logins: ListenerLogins | undefined,
): TransportInfo {
  return {
    kind,
    peer: entrance.peerOf(socket),
    address: entrance.addressOf(socket, headers),
    isSecure: socket instanceof TLSSocket || entrance.endsTls(socket, headers),
    tls: kind === 'websocket' ? tlsFactsOf(socket) : undefined,
    origin: headers.origin,
    cookie: headers.cookie,
    userAgent: headers['user-agent'],
    logins,
  }
}
