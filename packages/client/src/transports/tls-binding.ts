// The channel binding of a TLS connection of Node (RFC 5929, RFC 9266), on the client's side.

import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { certificateHash } from '@trunkline/protocol'
import type { ChannelBinding } from './transport.ts'

/** The data of a kind of channel binding; undefined if the connection has none. */
export function tlsBinding(socket: Socket, type: ChannelBinding): Uint8Array | undefined {
  if (!(socket instanceof TLSSocket) || socket.destroyed) return undefined
  const version = socket.getProtocol()
  switch (type) {
    case 'tls-unique':
      return version === 'TLSv1.2' && !socket.isSessionReused() ? socket.getFinished() : undefined
    case 'tls-exporter':
      return version === 'TLSv1.3' ? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)) : undefined
    case 'tls-server-end-point': {
      const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
      const hash = raw === undefined ? undefined : certificateHash(raw)
      return raw === undefined || hash === undefined ? undefined : createHash(hash).update(raw).digest()
    }
  }
}
