// Publishes numbered events at a rate: publisher.ts URL EVENTS-A-SECOND. What a busy machine delays by more than BURST_MS is left out, so that
// a page is never asked for a multiple of the rate.

import { openSession } from '@trunkline/client/session'
import { REALM, TOPIC } from './ways.ts'

const TICK_MS = 5
const BURST_MS = 50

const [url = '', rate = '20000'] = process.argv.slice(2)
const session = await openSession({ url, realm: REALM })
let count = 0
let paidUntil = performance.now()
setInterval(() => {
  const now = performance.now()
  paidUntil = Math.max(paidUntil, now - BURST_MS)
  for (; paidUntil < now; paidUntil += 1000 / Number(rate)) void session.publish(TOPIC, [count++])
}, TICK_MS)
process.on('disconnect', () => process.exit(0))
