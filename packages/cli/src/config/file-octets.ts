// Reads the octets of a file of a configuration, which may also be a pipe or a device.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

const PIECE_OCTETS = 65_536
/** The most octets of a pipe or device, which has no known length and may have no end. */
const MOST_WITHOUT_LENGTH = 67_108_864

/**
 * Reads a file, a pipe or a device.
 * @throws when it cannot be read, or is a pipe or device that is too long
 */
export function fileOctets(file: string): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    return fstatSync(descriptor).isFile() ? readFileSync(descriptor) : streamOctets(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function streamOctets(descriptor: number): Buffer {
  const pieces: Buffer[] = []
  for (let octets = 0; ;) {
    const piece = Buffer.allocUnsafe(PIECE_OCTETS)
    const read = readSync(descriptor, piece)
    if (read === 0) return Buffer.concat(pieces)
    octets += read
    if (octets > MOST_WITHOUT_LENGTH)
      throw Object.assign(new Error('EFBIG: this is not a regular file, and it is too long'), { code: 'EFBIG' })
    // A pipe may return few octets at a time.
    pieces.push(read === PIECE_OCTETS ? piece : Buffer.from(piece.subarray(0, read)))
  }
}
