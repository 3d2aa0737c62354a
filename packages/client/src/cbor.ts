// The entry of @trunkline/client/cbor: CBOR, apart so that bundles without it are smaller.

import { createCborSerializer } from '@trunkline/protocol'
import type { ClientSerializer } from './transports/transport.ts'

/**
 * The CBOR serializer.
 *
 * @example
 * import { connect } from '@trunkline/client'
 * import { cbor } from '@trunkline/client/cbor'
 *
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1', serializer: cbor() })
 * await client.stop()
 */
export function cbor(): ClientSerializer {
  return createCborSerializer()
}
