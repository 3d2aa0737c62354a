// The two ways to make a client: at once, or when its first session is open.

import { check } from '../checks.ts'
import { systemClock } from '../clock.ts'
import { createReporter } from '../report.ts'
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
  const client = new Client(options)
  reportOutages(client, options)
  return client
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
  check('options', options, 'dict')
  const client = new Client({ ...options, lazy: false })
  const { clock = systemClock, openTimeoutMs: limit = OPEN_TIMEOUT_MS, url } = options
  let left = Array.isArray(url) ? url.length : 1
  const { promise, resolve, reject } = settlable<void>()
  const late = (): void => reject(new ConnectError('TL_CONNECT_TIMEOUT', `no session within ${limit} ms`))
  // A single attempt has this limit itself.
  const cancelTimer = left > 1 ? clock.setTimer(late, limit) : undefined
  const leave = client.onState((state) => {
    if (state.status === 'connected') resolve()
    else if (state.status === 'waiting' && --left > 0) client.connectNow()
    else if (state.status !== 'connecting') reject(errorOf(state.cause))
  })
  try {
    await promise
    reportOutages(client, options)
    return client
  } catch (error) {
    leave()
    await client.stop()
    throw error
  } finally {
    leave()
    cancelTimer?.()
  }
}

/** Reports why there is no session, once for each outage: a client that connects for ever would otherwise be silent. */
function reportOutages(client: Client, { onError }: ClientOptions): void {
  if (onError === undefined) return
  const report = createReporter(onError)
  client.onState((state) => {
    const isNews = state.status === 'stopped' || (state.status === 'waiting' && state.attempt === 2)
    if (isNews && state.cause instanceof Error) report(state.cause, 'connection')
  })
}

function errorOf(cause: ConnectionFault | undefined): Error {
  return cause instanceof Error ? cause : new ConnectError('TL_CONNECT_FAILED', 'no session was opened', { cause })
}
