// The life of a router in this process: opened, running until the user stops it, drained, closed with GOODBYE to everybody.

import type { Router } from '@trunkline/router'
import type { Terminal } from './terminal.ts'
import type { StopReason } from './waiting.ts'
import { untilAborted } from './waiting.ts'

/**
 * Opens a router's doors, waits until the user stops the command, lets calls under way end, and closes the router; also
 * when opening fails.
 * @throws what `open` throws
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
