// Answers of the meta API that may list thousands of entries: made once for all callers with the same view, and again after a
// change; long ones not at once, so that changes without end do not have them made without end. Bounded in number and octets.

import type { PayloadFormat, SerializerName } from '@trunkline/protocol'
import { Payload, PayloadError } from '@trunkline/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Droppable, RecentlyUsed } from '../state/recently-used.ts'
import { TOO_LONG, tooLong } from './list-room.ts'
import { ENTRIES_IN_A_STEP } from './list-turns.ts'

/** Limits for each realm; the list unused for the longest time is dropped first. */
const MOST_LISTS = 32
const MOST_OCTETS = 16 * 1024 * 1024
/** For so long a long list is given again after a change, for each entry that was looked at: to look at one takes a tenth of it. */
const FRESH_MS = 0.01

/** A list, and whether it holds every entry. */
export interface Made {
  /** {@link TOO_LONG} for a list that is refused. */
  readonly value: unknown
  readonly isWhole: boolean
  /** How many entries were looked at. */
  readonly entries: number
}

/** What the lists of all realms share. */
export interface Shared {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly keptLists: RecentlyUsed
}

export class KeptLists {
  readonly #format: PayloadFormat
  readonly #shared: Shared
  readonly #mostOctets: number
  /** In the order of their last use. */
  readonly #lists = new Set<KeptList>()

  /** @param format the serializer in which lists are kept; they are converted to others as needed */
  constructor(format: PayloadFormat, shared: Shared, mostOctets = MOST_OCTETS) {
    this.#format = format
    this.#shared = shared
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
   * The list of a name for a view, if there is one of this version, or a long one that was made a moment ago.
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
    const freshUntil = made.entries > ENTRIES_IN_A_STEP ? this.#shared.clock.monotonic() + made.entries * FRESH_MS : 0
    const list: KeptList = new KeptList({ name, version, view, freshUntil, drop: () => this.#lists.delete(list) }, this.#format, made)
    this.#add(list)
    return list
  }

  clear(): void {
    for (const list of this.#lists) this.#drop(list)
  }

  #add(list: KeptList): void {
    this.#lists.delete(list)
    this.#lists.add(list)
    this.#shared.keptLists.use(list)
    this.#dropUnused()
  }

  /** Drops lists of other versions that are out of date. */
  #find(name: string, version: number, view: object): KeptList | undefined {
    let found: KeptList | undefined
    const now = this.#shared.clock.monotonic()
    for (const list of this.#lists) {
      if (list.name !== name) continue
      if (list.version !== version && list.freshUntil <= now) this.#drop(list)
      else if (list.view === view) found = list
    }
    return found
  }

  /** Drops lists beyond the limits; conversions to other serializers may have added octets since the last time. */
  #dropUnused(): void {
    let octets = this.octets
    for (const list of this.#lists) {
      if (this.#lists.size <= MOST_LISTS && octets <= this.#mostOctets) return
      this.#drop(list)
      octets -= list.octets
    }
  }

  #drop(list: KeptList): void {
    this.#shared.keptLists.forget(list)
    this.#lists.delete(list)
  }
}

/** Which list it is: its name, its version, the view that its readers share, and until when it is good after a change, and how it is dropped. */
type ListKey = Pick<KeptList, 'name' | 'version' | 'view' | 'freshUntil' | 'drop'>

/** One list at one version. */
export class KeptList implements Droppable {
  readonly name: string
  readonly version: number
  readonly view: object
  readonly freshUntil: number
  readonly isWhole: boolean
  readonly drop: () => void
  readonly #format: PayloadFormat
  /** Undefined where the list is too long. */
  readonly #raw: Uint8Array | undefined
  readonly #forms = new Map<SerializerName, Uint8Array | PayloadError>()

  constructor({ name, version, view, freshUntil, drop }: ListKey, format: PayloadFormat, { value, isWhole }: Made) {
    this.name = name
    this.version = version
    this.view = view
    this.freshUntil = freshUntil
    this.drop = drop
    this.isWhole = isWhole
    this.#format = format
    this.#raw = value === TOO_LONG ? undefined : format.encodeItems([[value]])
  }

  get octets(): number {
    let octets = this.#raw?.byteLength ?? 0
    for (const form of this.#forms.values()) if (!(form instanceof PayloadError)) octets += form.byteLength
    return octets
  }

  /**
   * The list as the result of one call: all results share its octets, and no result shares decoded values.
   * @throws {ApplicationError} when it is too long
   */
  answer(): Payload {
    if (this.#raw === undefined) throw tooLong()
    const payload = Payload.fromRaw(this.#format, this.#raw, 1)
    payload.forms = this.#forms
    return payload
  }
}
