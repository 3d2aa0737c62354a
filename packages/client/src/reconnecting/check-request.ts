// Refuses a request that is about to wait for a session. A session checks what it sends itself.

import type { Message, UriRule } from '@trunkline/protocol'
import { CALL } from '@trunkline/protocol'
import { checkOptions } from '../checks.ts'
import type { Given } from '../options.ts'
import { wireOptions } from '../options.ts'
import { checkPayload } from '../passthru.ts'
import { checkOwnUri, checkUri } from '../uri-check.ts'

/**
 * @param type of a CALL or a PUBLISH
 * @throws {UsageError} for what a session would refuse, except options whose features the next router may not have
 */
export function checkRequest(type: number, uri: string, rule: UriRule, { args, kwargs, options }: Given<object>): void {
  if (type === CALL) checkUri(uri, rule)
  else checkOwnUri(uri, rule)
  checkPayload(args, kwargs)
  checkOptions({ type, request: 1, options: wireOptions(type, options), procedure: uri, topic: uri, payload: undefined } as Message)
}
