// The facts of a TLS connection that logins need. Decides nothing.

import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { certificateHash } from '@trunkline/protocol'
import type { ClientCertificate, TlsFacts } from '../core/ports/index.ts'

/** The facts of a TLS socket; undefined for others. */
export function tlsFactsOf(socket: Socket): TlsFacts | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  return { clientCertificate: certificateOf(socket), channelBinding: (type) => channelBindingOf(socket, type) }
}

/** Only the certificate: what was agreed in one handshake says nothing about a session that requests of several connections share. */
export function certificateFactsOf(socket: Socket): TlsFacts | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  return { clientCertificate: certificateOf(socket), channelBinding: () => undefined }
}

function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  // Node types it as always present; without a certificate it is empty.
  const { fingerprint256, subject } = socket.getPeerCertificate() as { fingerprint256?: string; subject?: { CN?: string | string[] } }
  if (fingerprint256 === undefined) return undefined
  const name = subject?.CN
  return {
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: typeof name === 'string' ? name : undefined,
    isTrusted: socket.authorized,
  }
}

function channelBindingOf(socket: TLSSocket, type: 'tls-unique' | 'tls-exporter' | 'tls-server-end-point'): Uint8Array | undefined {
  if (socket.destroyed) return undefined
  const version = socket.getProtocol()
  switch (type) {
    case 'tls-unique':
      // Without a resumption the first Finished is the client's; TLS 1.3 has no such data (RFC 9266, section 3).
      return version === 'TLSv1.2' && !socket.isSessionReused() ? socket.getPeerFinished() : undefined
    case 'tls-exporter':
      return version === 'TLSv1.3' ? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)) : undefined
    case 'tls-server-end-point': {
      const { raw } = socket.getCertificate() as { raw?: Buffer }
      const hash = raw === undefined ? undefined : certificateHash(raw)
      return raw === undefined || hash === undefined ? undefined : createHash(hash).update(raw).digest()
    }
  }
}
