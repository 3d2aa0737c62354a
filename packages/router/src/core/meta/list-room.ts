// How long a list of the meta API may be: one that would be longer is refused as soon as that is seen, before it is sorted or encoded.

import { ApplicationError, uris } from '@trunkline/protocol'

/** Of the names or ids of one list. Names of other letters than ASCII may take three times as much. */
const MOST_OCTETS = 4 * 1024 * 1024
/** What an id takes, and what a name takes besides its characters. */
const ENTRY_OCTETS = 10

/** In place of a list for which there is no room. */
export const TOO_LONG = Symbol('a list that is too long')

export class ListRoom {
  #left = MOST_OCTETS

  /** Whether there is room for one more id, or name of so many characters. */
  take(characters = 0): boolean {
    this.#left -= ENTRY_OCTETS + characters
    return this.#left >= 0
  }
}

/** The error in place of the list. */
export function tooLong(): ApplicationError {
  return new ApplicationError(uris.PAYLOAD_SIZE_EXCEEDED, [`the list would be longer than ${MOST_OCTETS} octets`])
}
