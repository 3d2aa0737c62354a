// The page of the benchmark: handles events, and notes each task that kept the page from answering its user for longer than 50 ms.

import { createClient } from '@trunkline/client'
import type { Measured, Way } from './ways.ts'
import { REALM, TOPIC } from './ways.ts'

/** Events come in order, and each one once. */
let handled = 0
let next: number | undefined
let faults = 0

function handle(count: unknown): void {
  if (next !== undefined && count !== next) faults++
  next = Number(count) + 1
  handled++
}

const url = location.search.slice(1)

/** Resolves when events come. */
const WAYS: Readonly<Record<Way, () => Promise<void>>> = {
  async handler() {
    await createClient({ url, realm: REALM }).subscribe(TOPIC, ({ args: [count] }) => handle(count))
  },
  async loop() {
    const events = createClient({ url, realm: REALM }).subscribe(TOPIC, { buffer: 100_000 })
    void (async () => {
      for await (const { args } of events) handle(args[0])
    })()
    await events
  },
  /** What a page takes that speaks just enough of the protocol by itself. */
  bare: () =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, 'wamp.2.json')
      socket.onopen = () => socket.send(JSON.stringify([1, REALM, { roles: { subscriber: {} } }]))
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as unknown[]
        if (message[0] === 36) return handle((message[4] as unknown[])[0])
        if (message[0] === 2) socket.send(JSON.stringify([32, 1, {}, TOPIC]))
        else resolve()
      }
    }),
}

const tasks: number[] = []
new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ entryTypes: ['longtask'] })

async function measure(seconds: number): Promise<Measured> {
  tasks.length = 0
  faults = 0
  const before = { handled, at: performance.now() }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const elapsed = (performance.now() - before.at) / 1000
  return {
    seconds: elapsed,
    perSecond: (handled - before.handled) / elapsed,
    faults,
    longTasks: tasks.length,
    longestMs: Math.max(0, ...tasks),
  }
}

Object.assign(globalThis, { measure, open: (way: Way) => WAYS[way]() })
