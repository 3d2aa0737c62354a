// What is counted of the links of a node, and of the nodes that it hears of.

import type { LinkCounters } from './link-ports.ts'
import type { MembershipCounters } from './membership-ports.ts'

/** All links of a node count in one of these, from zero. */
export function createCounters(): LinkCounters & MembershipCounters {
  return {
    framesSent: 0,
    framesReceived: 0,
    framesUnwritable: 0,
    packetsSent: 0,
    packetsReceived: 0,
    packetsResent: 0,
    packetsDropped: 0,
    sessionsPaced: 0,
    linksLost: 0,
    linksPutOff: 0,
    hellosSent: 0,
    hellosReceived: 0,
    strangers: 0,
    hellosMalformed: 0,
  }
}
