// For tests: connections whose peer does not read, filled until the kernel takes no more.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many turns a connection may wait for its turn to write. */
const TURNS = 8

/** Calls `send` until the kernel takes no more of it: long messages also wait for their turn, which comes by itself. */
export async function fillKernel(isWritable: () => boolean, send: () => void): Promise<void> {
  while (isWritable()) {
    while (isWritable()) send()
    for (let i = 0; i < TURNS && !isWritable(); i++) await nextTurn()
  }
}
