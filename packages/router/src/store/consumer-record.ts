// A durable subscription as JSON, and back. What cannot be read is a RecordError.

import type { UriPattern } from '@trunkline/protocol'
import { MATCH_POLICIES } from '@trunkline/protocol'
import type { DurableConsumer, DurableSettings } from '../core/ports/index.ts'
import { RecordError } from './record-error.ts'
import { listIn, numberIn, optionalIn, sealedJson, textIn, unsealedJson } from './sealed.ts'

export function sealedConsumer({ filter, settings, attempts, ...rest }: DurableConsumer): Buffer {
  const { match, uri } = filter
  return sealedJson({ ...rest, match, uri, ...settings, maxAttempts: settings.attempts, attempts: [...attempts] })
}

/** @throws {RecordError} */
export function consumerIn(value: Buffer): DurableConsumer {
  const { name, match, uri, principal, created, isPaused, acked, ackedAbove, attempts, ...settings } = unsealedJson(value)
  return {
    name: textIn(name),
    filter: filterIn(match, uri),
    principal: textIn(principal),
    settings: settingsIn(settings),
    created: numberIn(created),
    isPaused: isPaused === true,
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

function settingsIn({ maxInFlight, ackWaitMs, maxAttempts, deadLetters }: Readonly<Record<string, unknown>>): DurableSettings {
  return {
    maxInFlight: numberIn(maxInFlight),
    ackWaitMs: numberIn(ackWaitMs),
    attempts: optionalIn(maxAttempts),
    deadLetters: deadLetters === undefined ? undefined : textIn(deadLetters),
  }
}

function filterIn(match: unknown, uri: unknown): UriPattern {
  const policy = MATCH_POLICIES.find((each) => each === match)
  if (policy === undefined) throw new RecordError('a subscription has no policy')
  return { match: policy, uri: textIn(uri) }
}
