// A dict that never changes and is sent many times.

import type { Dict } from './messages.ts'

/** Wraps a dict of sent messages: each serializer encodes it once. The dict must not change. */
export class Lasting {
  readonly dict: Dict

  constructor(dict: Dict) {
    this.dict = dict
  }
}
