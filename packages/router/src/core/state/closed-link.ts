// The link of a session that no message reaches any more.

import type { PayloadFormat } from '@trunkline/protocol'
import type { Link } from '../ports/link.ts'

export function closedLink(format: PayloadFormat): Link {
  return { format, send: () => 'closed', sendEvent: () => 'closed', abort() {}, goodbye() {}, answerGoodbye() {} }
}
