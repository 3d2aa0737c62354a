// A durable subscription as JSON, and back. What cannot be read is a RecordError.

import type { UriPattern } from '@trunkline/protocol'
import { MATCH_POLICIES } from '@trunkline/protocol'
import type { DurableConsumer } from '../core/ports/index.ts'
import { RecordError } from './record-error.ts'
import { listIn, numberIn, sealedJson, textIn, unsealedJson } from './sealed.ts'

export function sealedConsumer({ name, filter, principal, acked, ackedAbove, attempts }: DurableConsumer): Buffer {
  const { match, uri } = filter
  return sealedJson({ name, match, uri, principal, acked, ackedAbove, attempts: [...attempts] })
}

/** @throws {RecordError} */
export function consumerIn(value: Buffer): DurableConsumer {
  const { name, match, uri, principal, acked, ackedAbove, attempts } = unsealedJson(value)
  return {
    name: textIn(name),
    filter: filterIn(match, uri),
    principal: textIn(principal),
    acked: numberIn(acked),
    ackedAbove: listIn(ackedAbove).map((each) => numberIn(each)),
    attempts: new Map(
      listIn(attempts).map((each) => {
        const [position, count] = listIn(each)
        return [numberIn(position), numberIn(count)]
      }),
    ),
  }
}

function filterIn(match: unknown, uri: unknown): UriPattern {
  const policy = MATCH_POLICIES.find((each) => each === match)
  if (policy === undefined) throw new RecordError('a subscription has no policy')
  return { match: policy, uri: textIn(uri) }
}
