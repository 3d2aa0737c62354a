// Hashes and keys by WebCrypto, which browsers and Node share, and conversions between octets and text.

/** Octets in an unshared buffer, as WebCrypto requires. */
export type Octets = Uint8Array<ArrayBuffer>

export function utf8(text: string): Octets {
  return new TextEncoder().encode(text)
}

/** Base64 with padding. */
export function toBase64(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets))
}

/** @throws when the text is not Base64 */
export function fromBase64(text: string): Octets {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

/** Lower-case hex. */
export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** @throws when the text is not that number of octets in hex */
export function fromHex(text: unknown, octets: number, what: string): Octets {
  if (typeof text !== 'string' || text.length !== 2 * octets || /[^0-9a-fA-F]/.test(text))
    throw new Error(`${what} is not ${octets} octets in hex`)
  return Uint8Array.from({ length: octets }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

export function randomOctets(count: number): Octets {
  return crypto.getRandomValues(new Uint8Array(count))
}

export async function sha256(data: Octets): Promise<Octets> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data))
}

export async function hmac(key: Octets, data: Octets): Promise<Octets> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign(algorithm, imported, data))
}

/** PBKDF2 with HMAC-SHA-256. */
export async function pbkdf2(password: Octets, salt: Octets, iterations: number, octets: number): Promise<Octets> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 8 * octets))
}

/** The exclusive or of two arrays of the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Octets {
  return Uint8Array.from(a, (octet, i) => octet ^ (b[i] ?? 0))
}
