// A dict that never changes and is sent again and again. Never looks at what it holds.

import type { Dict } from './messages.ts'

/** Stands for a dict where a message is sent: each serializer makes its octets once. The dict is not to be changed. */
export class Lasting {
  readonly dict: Dict

  constructor(dict: Dict) {
    this.dict = dict
  }
}
