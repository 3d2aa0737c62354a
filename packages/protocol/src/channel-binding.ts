// The hash of a server's certificate that both ends of a TLS connection use for `tls-server-end-point` (RFC 5929,
// section 4.1). This file names the hash function; the caller computes the hash.

/** Object identifiers of signature algorithms (DER, in hex), and the hash function for certificates with that signature. */
const HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
  '2a864886f70d010104': 'sha256', // MD5 with RSA
  '2a864886f70d010105': 'sha256', // SHA-1 with RSA
  '2a864886f70d01010b': 'sha256', // SHA-256 with RSA
  '2a864886f70d01010c': 'sha384', // SHA-384 with RSA
  '2a864886f70d01010d': 'sha512', // SHA-512 with RSA
  '2a8648ce3d0401': 'sha256', // ECDSA with SHA-1
  '2a8648ce3d040302': 'sha256', // ECDSA with SHA-256
  '2a8648ce3d040303': 'sha384', // ECDSA with SHA-384
  '2a8648ce3d040304': 'sha512', // ECDSA with SHA-512
}

/** The hash function for a certificate (DER); undefined where its signature uses none or several, for which RFC 5929 defines no binding. */
export function certificateHash(certificate: Uint8Array): 'sha256' | 'sha384' | 'sha512' | undefined {
  const outer = element(certificate, 0)
  const signed = outer && element(certificate, outer.from)
  const algorithm = signed && element(certificate, signed.to)
  const name = algorithm && element(certificate, algorithm.from)
  if (name === undefined) return undefined
  const octets = Array.from(certificate.subarray(name.from, name.to), (octet) => octet.toString(16).padStart(2, '0'))
  return HASHES[octets.join('')]
}

/** The range of the content of the DER element at an index. */
function element(der: Uint8Array, at: number): { readonly from: number; readonly to: number } | undefined {
  const first = der[at + 1]
  if (first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first & 0x7f
  let length = first < 0x80 ? first : 0
  for (let i = 0; i < octets; i++) length = length * 256 + (der[at + 2 + i] ?? 0)
  const from = at + 2 + octets
  return from + length > der.length ? undefined : { from, to: from + length }
}
