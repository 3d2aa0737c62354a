// All targets of the fuzzer.

import { FORMATS } from '@trunkline/testkit'
import { conversionTarget } from './conversions.ts'
import { messageTarget } from './messages.ts'
import { payloadTarget } from './payloads.ts'
import { rawsocketTarget } from './rawsocket.ts'
import type { Target } from './target.ts'
import { upgradeTarget } from './upgrade.ts'
import { routerFramesTarget, websocketFramesTarget } from './websocket-frames.ts'

/** Makes every target anew. */
export function createTargets(): Target[] {
  return [
    ...FORMATS.map(messageTarget),
    ...FORMATS.map(payloadTarget),
    ...FORMATS.map(conversionTarget),
    websocketFramesTarget(),
    routerFramesTarget(),
    upgradeTarget(),
    rawsocketTarget(),
  ]
}
