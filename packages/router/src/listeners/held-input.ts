// What connections hold of messages that have not come whole, or that wait behind others: bounded over all connections of a
// router, since a client may open any number of them and stay in the middle of a message.

/** A connection, or one request of it, that holds input. */
export interface InputHolder {
  /** Whose share its input counts to: many connections count as much as one that holds the same. */
  readonly holder: string
  /** It holds the most, of the holder with most. It ends, and holds nothing any more. */
  giveUp(): void
}

/** Of all connections together. */
const MOST_OCTETS = 256 * 1024 * 1024
/** Less than this is not counted: the network cuts short messages too. */
const FREE_OCTETS = 16_384

/** What one connection holds. */
export class HeldInput {
  readonly user: InputHolder
  readonly #all: HeldInputs
  /** As far as they count. */
  octets = 0
  /** The holder to which they count; undefined while they are none. */
  name: string | undefined

  constructor(all: HeldInputs, user: InputHolder) {
    this.#all = all
    this.user = user
  }

  /** Sets how many octets it holds now. May call {@link InputHolder.giveUp} of any connection, this one included. */
  set(octets: number): void {
    const counted = octets > FREE_OCTETS ? octets : 0
    if (counted !== this.octets) this.#all.change(this, counted)
  }
}

/** What one holder has in all its connections. */
interface Share {
  octets: number
  readonly inputs: Set<HeldInput>
}

/** The input that all connections of a router hold. */
export class HeldInputs {
  readonly #most: number
  readonly #shares = new Map<string, Share>()
  #octets = 0

  constructor(most = MOST_OCTETS) {
    this.#most = most
  }

  /** How many octets all hold. */
  get octets(): number {
    return this.#octets
  }

  /** Called by {@link HeldInput.set}. */
  change(input: HeldInput, octets: number): void {
    const name = input.name ?? input.user.holder
    const share = this.#shares.get(name) ?? { octets: 0, inputs: new Set() }
    share.octets += octets - input.octets
    this.#octets += octets - input.octets
    input.octets = octets
    input.name = octets === 0 ? undefined : name
    if (octets > 0) share.inputs.add(input)
    else share.inputs.delete(input)
    if (share.inputs.size > 0) this.#shares.set(name, share)
    else this.#shares.delete(name)
    if (this.#octets > this.#most) this.#largest()?.user.giveUp()
  }

  #largest(): HeldInput | undefined {
    const { inputs } = largestOf(this.#shares.values()) ?? {}
    return inputs === undefined ? undefined : largestOf(inputs)
  }
}

function largestOf<Each extends { readonly octets: number }>(all: Iterable<Each>): Each | undefined {
  let largest: Each | undefined
  for (const each of all) if (largest === undefined || each.octets > largest.octets) largest = each
  return largest
}
