// Messages and octets by type of message. Only counts.

/** Greater than every type code of the protocol. */
const TYPES = 128

/** What went one way over the connections of all peers, by the type code of the message. */
export class Traffic {
  readonly messages: Float64Array = new Float64Array(TYPES)
  /** Octets of the messages as serialized, without the framing of the transport. */
  readonly octets: Float64Array = new Float64Array(TYPES)

  add(type: number, octets: number): void {
    this.messages[type] = (this.messages[type] ?? 0) + 1
    this.octets[type] = (this.octets[type] ?? 0) + octets
  }
}
