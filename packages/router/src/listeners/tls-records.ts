// Reads the heads of the records that a client of TLS sends: their types and lengths, which are in the clear. Before TLS 1.3 they tell
// what carries no data. Reads nothing else of a record, and judges no record that OpenSSL has to judge.

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const HEAD_OCTETS = 5
/** Each may ask for new keys, which takes some 20 µs: then a piece takes less than half of a slice. */
const RECORDS_OF_A_PIECE = 64
/** A client has one handshake message after the change of ciphers, the last one; of TLS 1.3 it may have another hello there, in parts. */
const MOST_AFTER_CHANGE = 8
/** Alerts, heartbeats and whatever else is neither handshake nor data, in the life of a connection: honest clients send one or two. */
const MOST_OTHERS = 16

export class TlsRecords {
  #octetsOfHead = 0
  #length = 0
  /** What is left of a record. */
  #left = 0
  #hasChanged = false
  #afterChange = 0
  #others = 0

  /**
   * Reads on, at most as many heads as a piece has.
   * @param isDone whether the handshake was done before these octets came
   * @returns how many octets the piece has, or what is wrong with it: then it is not for OpenSSL
   */
  read(octets: Buffer, isDone: boolean): number | string {
    let [at, heads] = [0, 0]
    while (at < octets.length) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, octets.length - at)
        this.#left -= part
        at += part
        continue
      }
      if (heads === RECORDS_OF_A_PIECE) break
      const octet = octets[at++] as number
      const fault = this.#octetsOfHead === 0 ? this.#begin(octet, isDone) : undefined
      if (fault !== undefined) return fault
      this.#length = (this.#length << 8) | octet
      if (++this.#octetsOfHead < HEAD_OCTETS) continue
      this.#left = this.#length & 0xffff
      this.#octetsOfHead = 0
      heads++
    }
    return at
  }

  #begin(type: number, isDone: boolean): string | undefined {
    if (type === APPLICATION_DATA) return undefined
    if (type === HANDSHAKE) {
      if (this.#hasChanged) this.#afterChange++
      return isDone || this.#afterChange > MOST_AFTER_CHANGE ? 'a TLS handshake on a connection that has had one' : undefined
    }
    if (type === CHANGE_CIPHER_SPEC) this.#hasChanged = true
    return ++this.#others > MOST_OTHERS ? 'too many TLS records without data' : undefined
  }
}
