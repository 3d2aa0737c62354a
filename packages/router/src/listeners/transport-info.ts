// What is known about the peer of a connection that came as an HTTP request. Decides nothing.

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { beginningOf } from '@trunkline/protocol'
import type { ListenerLogins, TransportInfo } from '../core/ports/index.ts'
import type { Entrance } from './entrance.ts'
import { certificateFactsOf, tlsFactsOf } from './tls-facts.ts'

/**
 * The facts of a request's connection.
 * @param logins the logins that its listener accepts
 */
export function infoOfRequest(
  kind: 'websocket' | 'longpoll' | 'http',
  { socket, headers }: IncomingMessage,
  entrance: Entrance,
  logins: ListenerLogins | undefined,
): TransportInfo {
  return {
    kind,
    peer: entrance.peerOf(socket),
    address: entrance.addressOf(socket, headers),
    isSecure: socket instanceof TLSSocket || entrance.endsTls(socket, headers),
    tls: kind === 'websocket' ? tlsFactsOf(socket) : kind === 'http' ? certificateFactsOf(socket) : undefined,
    origin: headers.origin,
    cookie: headers.cookie,
    userAgent: kept(headers['user-agent']),
    logins,
  }
}

/** It stays as long as the connection, for people to read. */
function kept(agent: string | undefined): string | undefined {
  return agent === undefined ? undefined : beginningOf(agent, LONGEST_AGENT)
}

const LONGEST_AGENT = 512
