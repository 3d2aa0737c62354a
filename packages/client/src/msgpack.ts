// The entry of @trunkline/client/msgpack: MessagePack, apart so that bundles without it are smaller.

import { createMsgpackSerializer } from '@trunkline/protocol'
import type { ClientSerializer } from './transports/transport.ts'

/**
 * The MessagePack serializer.
 *
 * @example
 * import { connect } from '@trunkline/client'
 * import { msgpack } from '@trunkline/client/msgpack'
 *
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', serializer: msgpack() })
 * await client.stop()
 */
export function msgpack(): ClientSerializer {
  return createMsgpackSerializer()
}
