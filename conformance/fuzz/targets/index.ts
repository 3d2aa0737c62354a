// All targets of the fuzzer.

import { FORMATS } from '@trunkline/testkit'
import { adminTarget } from './admin-calls.ts'
import { clusterFramesTarget } from './cluster-frames.ts'
import { clusterHelloTarget } from './cluster-hello.ts'
import { clusterLinkTarget } from './cluster-link.ts'
import { conversionTarget } from './conversions.ts'
import { healthTarget, metricsTarget } from './http-pages.ts'
import { messageTarget } from './messages.ts'
import { passedRequestsTarget } from './passed-requests.ts'
import { payloadTarget } from './payloads.ts'
import { proxyHeaderTarget } from './proxy-header.ts'
import { rawsocketTarget } from './rawsocket.ts'
import { storeRecordsTarget } from './store-records.ts'
import type { Target } from './target.ts'
import { unixPacketsTarget } from './unix-packets.ts'
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
    metricsTarget(),
    healthTarget(),
    adminTarget(),
    rawsocketTarget(),
    proxyHeaderTarget(),
    clusterFramesTarget(),
    clusterLinkTarget(),
    clusterHelloTarget(),
    unixPacketsTarget(),
    passedRequestsTarget(),
    storeRecordsTarget(),
  ]
}
