// Another node as one realm sees it.

import type { OtherNode } from '../core/index.ts'
import type { PagedLink } from './paged-link.ts'
import type { RemoteSessions } from './remote-sessions.ts'

export interface RemoteNode extends OtherNode {
  readonly link: PagedLink
  /** Its callees, and the node as a caller. */
  readonly sessions: RemoteSessions
  /** The life of its realm; undefined as long as it has not said it. */
  life: number | undefined
  /** How often it was lost in this life of its realm. */
  losses: number
  /** It has sent all that it had when the link came up. */
  isKnown: boolean
}
