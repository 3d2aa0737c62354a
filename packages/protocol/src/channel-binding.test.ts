// Shows which hash stands for a certificate.

import { expect, it } from 'vitest'
import { certificateHash } from './channel-binding.ts'

/** A certificate of which only the outside is real: something signed, and the algorithm. */
function certificate(algorithm: string, signed = '3003020105'): Uint8Array {
  const name = `06${length(algorithm)}${algorithm}`
  const inner = `${signed}30${length(name)}${name}`
  return Uint8Array.from(Buffer.from(`30${length(inner)}${inner}`, 'hex'))
}

function length(hex: string): string {
  const octets = hex.length / 2
  return octets < 0x80 ? octets.toString(16).padStart(2, '0') : `82${octets.toString(16).padStart(4, '0')}`
}

it.each([
  ['ECDSA with SHA-256', '2a8648ce3d040302', 'sha256'],
  ['ECDSA with SHA-384', '2a8648ce3d040303', 'sha384'],
  ['SHA-512 with RSA', '2a864886f70d01010d', 'sha512'],
  ['SHA-1 with RSA', '2a864886f70d010105', 'sha256'],
  ['Ed25519', '2b6570', undefined],
  ['RSASSA-PSS', '2a864886f70d01010a', undefined],
])('a certificate signed by %s has the hash of RFC 5929 [AP-SCR-37]', (_, algorithm, hash) => {
  expect(certificateHash(certificate(algorithm))).toBe(hash)
  expect(certificateHash(certificate(algorithm, `308201f4${'00'.repeat(500)}`))).toBe(hash)
})

it.each(['', '30', '3082', '3082ffff', '30030201', '3003020105'])('what is no certificate has none: %s', (hex) => {
  expect(certificateHash(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(undefined)
})
