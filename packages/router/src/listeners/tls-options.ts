// The options of TLS that a listener has where its owner chooses none: key exchanges that are dear for the router and cheap for its
// clients are left out.

import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { createSecureContext, DEFAULT_CIPHERS } from 'node:tls'

/** A client may ask for any group of a list. Those of finite fields, which OpenSSL has besides, take up to 75 ms of the router. */
const CURVES = 'X25519:P-256:P-384'
/** Safe from quantum computers, where OpenSSL knows it. */
const HYBRID = 'X25519MLKEM768'

/**
 * The options of a listener, with its own choices first. They forbid renegotiation, so that no client of TLS 1.2 asks for handshake
 * after handshake on one connection; and RSA key exchange, for which any 256 octets cost an operation with the private key.
 */
export function tlsOptionsOf(tls: TlsOptions): TlsOptions {
  return {
    ...tls,
    ciphers: tls.ciphers ?? `${DEFAULT_CIPHERS}:!kRSA`,
    ecdhCurve: tls.ecdhCurve ?? defaultCurves(),
    secureOptions: (tls.secureOptions ?? 0) | constants.SSL_OP_NO_RENEGOTIATION,
  }
}

function defaultCurves(): string {
  const all = `${HYBRID}:${CURVES}`
  try {
    createSecureContext({ ecdhCurve: all })
    return all
  } catch {
    // Before version 3.5 OpenSSL does not know it.
    return CURVES
  }
}
