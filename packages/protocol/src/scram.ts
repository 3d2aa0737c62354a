// The texts that both sides of WAMP-SCRAM make alike. The callers compute the hashes and signatures.

/** The values of the exchange, all as text in the form on the wire. */
export interface ScramExchange {
  readonly authid: string
  readonly clientNonce: string
  /** The client's nonce followed by the router's. */
  readonly nonce: string
  /** Base64. */
  readonly salt: string
  readonly iterations: number
  /** Base64 of the channel binding input: {@link NO_CHANNEL_BINDING} where there is none. */
  readonly binding: string
}

/** Base64 of `n,,`. */
export const NO_CHANNEL_BINDING = 'biws'

/** The text that both sides sign (specification: "Salted Challenge Response Authentication", AuthMessage). */
export function scramAuthMessage({ authid, clientNonce, nonce, salt, iterations, binding }: ScramExchange): string {
  const escaped = authid.replaceAll('=', '=3D').replaceAll(',', '=2C')
  return `n=${escaped},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=${binding},r=${nonce}`
}

/** The same in the dialect of Autobahn, which does not escape the authid and has no channel binding. */
export function autobahnAuthMessage({ authid, clientNonce, nonce, salt, iterations }: Omit<ScramExchange, 'binding'>): string {
  return `n=${authid},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=,r=${nonce}`
}

/** Whether a text is Base64 in its canonical form (RFC 4648). */
export function isCanonicalBase64(text: unknown): text is string {
  return typeof text === 'string' && text.length > 0 && CANONICAL.test(text)
}

const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)$/
