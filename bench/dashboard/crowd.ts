// The crowd behind the dashboard: sessions that subscribe, one that publishes so that together they get so many events a second, and calls.
// Words: URL, SESSIONS, EVENTS a second. Sends `{ ready: true }` when all is under way.

import { openSession } from '@trunkline/client/session'

const TOPICS = 10
const CALLS_PER_SECOND = 100
const PERIOD_MS = 20
/** Connections that are opened at the same time. */
const AT_ONCE = 50

const [url = '', sessionWord = '1000', eventWord = '10000'] = process.argv.slice(2)
const [sessions, events] = [Number(sessionWord), Number(eventWord)]

const join = (agent: string) => openSession({ url, realm: 'realm1', agent })

for (let i = 0; i < sessions; i += AT_ONCE) {
  const group = Array.from({ length: Math.min(AT_ONCE, sessions - i) }, async (_, j) => {
    const session = await join(`crowd ${i + j}`)
    await session.subscribe(`com.example.crowd.${(i + j) % TOPICS}`, () => undefined)
  })
  await Promise.all(group)
}

const publisher = await join('publisher')
const callee = await join('callee')
await callee.register('com.example.work', ({ args }) => args[0])

const publicationsPerSecond = events / (sessions / TOPICS)
const begun = performance.now()
let [published, called] = [0, 0]
setInterval(() => {
  const seconds = (performance.now() - begun) / 1_000
  for (; published < publicationsPerSecond * seconds; published++)
    void publisher.publish(`com.example.crowd.${published % TOPICS}`, [published])
  for (; called < CALLS_PER_SECOND * seconds; called++) void publisher.call('com.example.work', [called]).catch(() => undefined)
}, PERIOD_MS)
process.send?.({ ready: true })
