// Answers of the meta API that may list thousands of entries: made once for all callers with the same view, and again after a
// change. Bounded in number and octets.

import type { PayloadFormat, SerializerName } from '@trunkline/protocol'
import { Payload, PayloadError } from '@trunkline/protocol'

/** Limits for each realm; the list unused for the longest time is dropped first. */
const MOST_LISTS = 32
const MOST_OCTETS = 16 * 1024 * 1024

/** A list, and whether it holds every entry. */
export interface Made {
  readonly value: unknown
  readonly isWhole: boolean
}

export class KeptLists {
  readonly #format: PayloadFormat
  readonly #mostOctets: number
  /** In the order of their last use. */
  readonly #lists = new Set<KeptList>()

  /** @param format the serializer in which lists are kept; they are converted to others as needed */
  constructor(format: PayloadFormat, mostOctets = MOST_OCTETS) {
    this.#format = format
    this.#mostOctets = mostOctets
  }

  get size(): number {
    return this.#lists.size
  }

  /** How many octets are kept, in all serializers. */
  get octets(): number {
    let octets = 0
    for (const list of this.#lists) octets += list.octets
    return octets
  }

  /**
   * The list of a name for a view, if there is one of this version.
   * @param version changes whenever the list may change
   * @param view an object shared by all callers who see the same entries
   */
  find(name: string, version: number, view: object): KeptList | undefined {
    const found = this.#find(name, version, view)
    if (found !== undefined) this.#add(found)
    return found
  }

  /** Keeps a list that was made. */
  keep(name: string, version: number, view: object, made: Made): KeptList {
    const list = new KeptList({ name, version, view }, this.#format, made)
    this.#add(list)
    return list
  }

  /** The list of a name for a view; made if there is none of this version. */
  get(name: string, version: number, view: object, make: () => Made): KeptList {
    return this.find(name, version, view) ?? this.keep(name, version, view, make())
  }

  #add(list: KeptList): void {
    this.#lists.delete(list)
    this.#lists.add(list)
    this.#forget()
  }

  /** Drops lists of other versions, which are out of date. */
  #find(name: string, version: number, view: object): KeptList | undefined {
    let found: KeptList | undefined
    for (const list of this.#lists) {
      if (list.name !== name) continue
      if (list.version !== version) this.#lists.delete(list)
      else if (list.view === view) found = list
    }
    return found
  }

  /** Drops lists beyond the limits; conversions to other serializers may have added octets since the last time. */
  #forget(): void {
    let octets = this.octets
    for (const list of this.#lists) {
      if (this.#lists.size <= MOST_LISTS && octets <= this.#mostOctets) return
      this.#lists.delete(list)
      octets -= list.octets
    }
  }
}

/** Which list it is: its name, its version, and the view that its readers share. */
type ListKey = Pick<KeptList, 'name' | 'version' | 'view'>

/** One list at one version. */
export class KeptList {
  readonly name: string
  readonly version: number
  readonly view: object
  readonly isWhole: boolean
  readonly #format: PayloadFormat
  readonly #raw: Uint8Array
  readonly #forms = new Map<SerializerName, Uint8Array | PayloadError>()

  constructor({ name, version, view }: ListKey, format: PayloadFormat, { value, isWhole }: Made) {
    this.name = name
    this.version = version
    this.view = view
    this.isWhole = isWhole
    this.#format = format
    this.#raw = format.encodeItems([[value]])
  }

  get octets(): number {
    let octets = this.#raw.byteLength
    for (const form of this.#forms.values()) if (!(form instanceof PayloadError)) octets += form.byteLength
    return octets
  }

  /** The list as the result of one call: all results share its octets, and no result shares decoded values. */
  answer(): Payload {
    const payload = Payload.fromRaw(this.#format, this.#raw, 1)
    payload.forms = this.#forms
    return payload
  }
}
