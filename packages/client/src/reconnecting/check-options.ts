// Refuses options of a client that cannot work, also those inside of others: a mistyped one would be ignored.

import { UsageError } from '@trunkline/protocol'
import { check, checkNamed } from '../checks.ts'
import { HELLO_NAMES } from '../open-session.ts'
import type { WhileAway } from './away.ts'
import type { ClientOptions } from './client-options.ts'

/** The further names in {@link ClientOptions}. */
const CLIENT_NAMES =
  'url lazy:boolean shared:object backoff:dict whileAway waitForCallee:number silenceMs:number openTransport:function now:function environment:object'

/** @throws {UsageError} */
export function checkClientOptions(options: ClientOptions): void {
  checkNamed('options', options, `${CLIENT_NAMES} ${HELLO_NAMES}`)
  checkNamed('backoff', options.backoff ?? {}, 'initialMs:number factor:number maxMs:number')
  checkWhileAway(options.whileAway ?? 'wait')
}

function checkWhileAway(policy: WhileAway): void {
  if (policy === 'wait' || policy === 'fail') return
  if (typeof policy !== 'object') throw new UsageError('whileAway: expected wait, fail or { timeoutMs }')
  checkNamed('whileAway', policy, 'timeoutMs')
  check('timeoutMs', policy.timeoutMs, 'number')
}
