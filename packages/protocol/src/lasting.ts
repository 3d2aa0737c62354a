// Values that are written without a look at what they hold.

import type { Dict } from './messages.ts'

/** Wraps a dict of sent messages: each serializer encodes it once. The dict must not change. */
export class Lasting {
  readonly dict: Dict

  constructor(dict: Dict) {
    this.dict = dict
  }
}

/** Octets of one value that stand where the value would, in the serializer that made or checked them. */
export class RawValue {
  readonly octets: Uint8Array

  constructor(octets: Uint8Array) {
    this.octets = octets
  }
}
