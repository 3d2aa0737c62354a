// The life of a router in this process: opened, running until the user stops it, drained, closed with GOODBYE to every session.

import type { Router } from '@trunkline/router'
import { untilAborted } from './waiting.ts'

/**
 * Opens a router's listeners, waits until it is to stop, lets open calls end, and closes the router; it closes
 * the router also when opening fails.
 * @param stop aborted with the reason that is logged
 * @throws the error of `open`
 */
export async function runUntilStopped(router: Router, stop: AbortSignal, open: () => Promise<void>): Promise<void> {
  try {
    await open()
    await untilAborted(stop)
    const sessions = router.realms.reduce((count, { memberCount }) => count + memberCount, 0)
    router.log.info('stopping', { area: 'router', signal: String(stop.reason), sessions })
    await router.drain()
  } finally {
    await router.close()
  }
}
