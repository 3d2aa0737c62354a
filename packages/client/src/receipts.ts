// The entry of @trunkline/client/receipts: acknowledges events to routers that ask for it (EVENT_RECEIVED, in use but in no
// specification). It wraps the connection of a session.

import type { Dict, Message } from '@trunkline/protocol'
import { EVENT, EVENT_RECEIVED, HELLO } from '@trunkline/protocol'
import { check, checkOpening } from './checks.ts'
import { openTransport } from './transports/open-transport.ts'
import type { ClientTransport, OpenTransportOptions } from './transports/transport.ts'

const FEATURE = 'x_acknowledged_event_delivery'

/**
 * Opens a connection whose session acknowledges each publication once, when the first of its handlers is called. The
 * router counts receipts (`eventsAcknowledged`) and does not notify publishers.
 * @throws {ConnectError} when the connection could not be opened
 *
 * @example
 * import { json } from '@trunkline/client'
 * import { openSession } from '@trunkline/client/session'
 * import { openAcknowledging } from '@trunkline/client/receipts'
 *
 * const signal = AbortSignal.timeout(10_000)
 * const transport = await openAcknowledging('ws://127.0.0.1:8080/ws', { serializer: json(), signal })
 * const session = await openSession({ transport, realm: 'realm1' })
 * await session.leave()
 */
export async function openAcknowledging(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
  checkOpening(url, options)
  return acknowledging(await openTransport(url, options))
}

/** The same for an existing connection. */
export function acknowledging(transport: ClientTransport): ClientTransport {
  check('transport', transport, 'object')
  let last: number | undefined
  return {
    ...(transport.destroy && { destroy: () => transport.destroy?.() }),
    attach: (owner) =>
      transport.attach({
        onProtocolError: (error) => owner.onProtocolError(error),
        onClose: (info) => owner.onClose(info),
        onMessage(message) {
          owner.onMessage(message)
          if (message.type !== EVENT || message.details['x_acknowledged_delivery'] !== true) return
          // The events of one publication, one for each subscription, arrive one after the other.
          if (message.publication !== last) transport.send({ type: EVENT_RECEIVED, publication: message.publication })
          last = message.publication
        },
      }),
    send: (message) => transport.send(message.type === HELLO ? announcing(message) : message),
    close: () => transport.close(),
    get isOpen() {
      return transport.isOpen !== false
    },
  }
}

function announcing(hello: Extract<Message, { type: typeof HELLO }>): Message {
  const roles = hello.details['roles'] as Readonly<Record<string, Dict>>
  const subscriber = { ...roles['subscriber'], features: { ...(roles['subscriber']?.['features'] as Dict), [FEATURE]: true } }
  return { ...hello, details: { ...hello.details, roles: { ...roles, subscriber } } }
}
