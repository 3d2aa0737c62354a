// The entry of @trunkline/client/shared-worker: one connection for all tabs of a browser.

import { UsageError } from '@trunkline/protocol'
import type { Client } from './reconnecting/client.ts'
import type { SharedConnection } from './reconnecting/client-options.ts'
import { systemLocks } from './shared/locks.ts'
import type { TabsOptions } from './shared/tabs-options.ts'
import { Tabs } from './shared/tabs.ts'
import type { WorkerHandle } from './shared/worker-connection.ts'
import { SharedWorkerConnection } from './shared/worker-connection.ts'

export type { SharedConnection }
export type { TabsOptions }

/**
 * The option `shared` of a client in a tab: its session is a part of the one that the worker has, so that all tabs have one
 * connection. The worker calls {@link serveTabs}. `isShared` of the result is false where there is no SharedWorker (Chrome on Android,
 * Node), or the page may not start one: then the client has a connection of its own, by its `url` and the way it logs in.
 *
 * @param worker makes the worker; called at each attempt to connect, with the same URL and name
 *
 * @example
 * import { createClient } from '@trunkline/client'
 * import { sharedWorker } from '@trunkline/client/shared-worker'
 *
 * const shared = sharedWorker(() => new SharedWorker(new URL('./wamp-worker.js', import.meta.url), { type: 'module' }))
 * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', shared })
 * console.log(shared.isShared) // false
 * await client.stop()
 */
export function sharedWorker(worker: () => { readonly port: object }): SharedConnection {
  return new SharedWorkerConnection(worker as () => WorkerHandle, {
    locks: systemLocks(),
    onLeave: (listener) => globalThis.addEventListener('pagehide', listener),
  })
}

/**
 * In the script of a SharedWorker: connects with the first tab, and gives all tabs parts of one session. It must be called in the
 * first turn of the script, before an `await`. Returns the client of the worker, which stops with the last tab.
 *
 * @example
 * import { serveTabs } from '@trunkline/client/shared-worker'
 *
 * // wamp-worker.js
 * serveTabs({ url: 'wss://example.com/ws', realm: 'realm1' })
 *
 * @throws {UsageError} when the options cannot work, and elsewhere than in a SharedWorker
 */
export function serveTabs(options: TabsOptions): Client {
  if (!('onconnect' in globalThis)) throw new UsageError('serveTabs is called in the script of a SharedWorker')
  const tabs = new Tabs(options, systemLocks())
  globalThis.addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports
    if (port !== undefined) tabs.accept(port)
  })
  return tabs.client
}
