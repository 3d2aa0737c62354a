// The life of a router in this process: opened, running until the user stops it, drained, closed with GOODBYE to every session.

import type { Router } from '@trunkline/router'
import type { Terminal } from './terminal.ts'
import type { StopReason } from './waiting.ts'
import { untilAborted } from './waiting.ts'

/**
 * Opens a router's listeners, waits until the user stops the command, lets open calls end, and closes the router; it closes
 * the router also when opening fails.
 * @throws the error of `open`
 */
export async function runUntilStopped(router: Router, terminal: Terminal, open: () => Promise<void>): Promise<void> {
  try {
    await open()
    await untilAborted(terminal.stop)
    const sessions = router.realms.reduce((count, { memberCount }) => count + memberCount, 0)
    router.log.info('stopping', { signal: terminal.stop.reason as StopReason, sessions })
    await router.drain()
  } finally {
    await router.close()
  }
}
