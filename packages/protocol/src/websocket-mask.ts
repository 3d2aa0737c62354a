// Masks and unmasks the payload of a client's frames, in place: both are the same. Knows no frames.

/** Below this, a view of words costs more than it saves. */
const WORTH_A_VIEW = 144
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Masks or unmasks `bytes[begin, end)` with the four octets at `key`. RFC 6455, "Client-to-Server Masking". */
export function applyMask(bytes: Uint8Array, begin: number, end: number, key: number): void {
  const k0 = bytes[key] as number
  const k1 = bytes[key + 1] as number
  const k2 = bytes[key + 2] as number
  const k3 = bytes[key + 3] as number
  if (end - begin >= WORTH_A_VIEW && IS_LITTLE_ENDIAN) maskWords(bytes, begin, end, k0 | (k1 << 8) | (k2 << 16) | (k3 << 24))
  else maskOctets(bytes, begin, end, k0, k1, k2, k3)
}

// oxlint-disable-next-line max-params -- Runs for each frame: an array for the four octets of the key would be garbage.
function maskOctets(bytes: Uint8Array, begin: number, end: number, k0: number, k1: number, k2: number, k3: number): void {
  let i = begin
  for (const last = end - 3; i < last; i += 4) {
    bytes[i] = (bytes[i] as number) ^ k0
    bytes[i + 1] = (bytes[i + 1] as number) ^ k1
    bytes[i + 2] = (bytes[i + 2] as number) ^ k2
    bytes[i + 3] = (bytes[i + 3] as number) ^ k3
  }
  if (i < end) bytes[i] = (bytes[i] as number) ^ k0
  if (i + 1 < end) bytes[i + 1] = (bytes[i + 1] as number) ^ k1
  if (i + 2 < end) bytes[i + 2] = (bytes[i + 2] as number) ^ k2
}

/** Masks four octets at a time over the aligned middle; the key is rotated to fit the alignment. */
function maskWords(bytes: Uint8Array, begin: number, end: number, word: number): void {
  const lead = -(bytes.byteOffset + begin) & 3
  const middle = begin + lead
  const words = (end - middle) >> 2
  const turned = lead === 0 ? word : (word >>> (8 * lead)) | (word << (32 - 8 * lead))
  maskOctets(bytes, begin, middle, word & 255, (word >> 8) & 255, (word >> 16) & 255, word >>> 24)
  const view = new Int32Array(bytes.buffer, bytes.byteOffset + middle, words)
  let i = 0
  for (const last = words - 3; i < last; i += 4) {
    view[i] = (view[i] as number) ^ turned
    view[i + 1] = (view[i + 1] as number) ^ turned
    view[i + 2] = (view[i + 2] as number) ^ turned
    view[i + 3] = (view[i + 3] as number) ^ turned
  }
  for (; i < words; i++) view[i] = (view[i] as number) ^ turned
  maskOctets(bytes, middle + 4 * words, end, turned & 255, (turned >> 8) & 255, (turned >> 16) & 255, turned >>> 24)
}
