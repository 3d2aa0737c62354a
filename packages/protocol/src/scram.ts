// What both sides of WAMP-SCRAM write alike. Text only: the sums are made where there is cryptography.

/** What was said in the exchange, all of it text as it crossed the wire. */
export interface ScramExchange {
  readonly authid: string
  readonly clientNonce: string
  /** The client's nonce with the router's behind it. */
  readonly nonce: string
  /** Base64. */
  readonly salt: string
  readonly iterations: number
  /** Base64 of the channel binding input: {@link NO_CHANNEL_BINDING} where there is none. */
  readonly binding: string
}

/** Base64 of `n,,`. */
export const NO_CHANNEL_BINDING = 'biws'

/** What both sides sign (specification: "Salted Challenge Response Authentication", AuthMessage). */
export function scramAuthMessage({ authid, clientNonce, nonce, salt, iterations, binding }: ScramExchange): string {
  const escaped = authid.replaceAll('=', '=3D').replaceAll(',', '=2C')
  return `n=${escaped},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=${binding},r=${nonce}`
}

/** The same in the dialect of Autobahn, which escapes nothing and binds to no channel. */
export function autobahnAuthMessage({ authid, clientNonce, nonce, salt, iterations }: Omit<ScramExchange, 'binding'>): string {
  return `n=${authid},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=,r=${nonce}`
}

/** Whether a text is Base64 in its canonical form (RFC 4648). */
export function isCanonicalBase64(text: unknown): text is string {
  return typeof text === 'string' && text.length > 0 && CANONICAL.test(text)
}

const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)$/
