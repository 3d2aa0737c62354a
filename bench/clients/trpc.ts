// tRPC 11 over WebSocket (npm `@trpc/client`, `@trpc/server`). It has no router: its server, which answers calls and makes events, is the other
// end, in this process like the callee of the others.

import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { observable } from '@trpc/server/observable'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { OpenEnds } from './ends.ts'

const { procedure, router } = initTRPC.create()
const listeners = new Set<(count: number) => void>()

const appRouter = router({
  addOne: procedure.input(Number).query(({ input }) => input + 1),
  counted: procedure.subscription(() =>
    observable<number>(({ next }) => {
      listeners.add(next)
      return () => listeners.delete(next)
    }),
  ),
})

export const openEnds: OpenEnds = async (_, onEvent) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  applyWSSHandler({ wss: server, router: appRouter })
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const socket = createWSClient({ url, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket })
  const client = createTRPCClient<typeof appRouter>({ links: [wsLink({ client: socket })] })
  await new Promise<void>((resolve) => client.counted.subscribe(undefined, { onStarted: () => resolve(), onData: onEvent }))
  return {
    call: (count) => client.addOne.query(count),
    publish: (count) => {
      for (const next of listeners) next(count)
    },
    close: async () => {
      await socket.close()
      server.close()
    },
  }
}
