// The two ways to make a client: at once, or when its first session is open.

import { systemClock } from '../clock.ts'
import { settlable } from '../settlable.ts'
import { OPEN_TIMEOUT_MS } from '../open-session.ts'
import { ConnectError } from '../transports/transport.ts'
import type { ClientOptions } from './client-options.ts'
import { Client } from './client.ts'
import type { ConnectionFault } from './states.ts'

/**
 * Makes a client that connects at once, and again whenever its session is lost.
 *
 * @example
 * import { createClient } from '@trunkline/client'
 *
 * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * client.subscribe('com.example.ticked', ({ args }) => console.log(args[0]))
 * const sum = await client.call('com.example.add', [2, 3])
 * await client.stop()
 *
 * @throws {UsageError} when the options cannot work
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options)
}

/**
 * Makes a client as {@link createClient} does, and resolves to it when its first session is open. It tries each URL once,
 * within `openTimeoutMs` in all; without a session the client is stopped. Later sessions come by themselves.
 *
 * @example
 * import { connect } from '@trunkline/client'
 *
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * console.log(await client.call('com.example.add', [2, 3])) // 5
 * await client.stop()
 *
 * @throws {UsageError} when the options cannot work
 * @throws {ConnectError} when no session could be opened; its `code` and `reason` say why
 */
export async function connect(options: ClientOptions): Promise<Client> {
  const client = new Client({ ...options, lazy: false })
  const { clock = systemClock, openTimeoutMs: limit = OPEN_TIMEOUT_MS, url } = options
  let left = Array.isArray(url) ? url.length : 1
  const { promise, resolve, reject } = settlable<Client>()
  const late = (): void => reject(new ConnectError('TL_CONNECT_TIMEOUT', `no session within ${limit} ms`))
  // A single attempt has this limit itself.
  const cancelTimer = left > 1 ? clock.setTimer(late, limit) : undefined
  const leave = client.onState((state) => {
    if (state.status === 'connected') resolve(client)
    else if (state.status === 'waiting' && --left > 0) client.connectNow()
    else if (state.status !== 'connecting') reject(errorOf(state.cause))
  })
  try {
    return await promise
  } catch (error) {
    leave()
    await client.stop()
    throw error
  } finally {
    leave()
    cancelTimer?.()
  }
}

function errorOf(cause: ConnectionFault | undefined): Error {
  return cause instanceof Error ? cause : new ConnectError('TL_CONNECT_FAILED', 'no session was opened', { cause })
}
