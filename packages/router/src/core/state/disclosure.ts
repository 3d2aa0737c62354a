// Which details of a caller or publisher a receiver may see (specification: "Caller Identification", "Publisher Identification").
// They come from the session alone, never from what a client wrote.

import type { Dict } from '@trunkline/protocol'
import type { Session } from './session.ts'

/** The details that name a caller in an INVOCATION. */
export function callerDetails(caller: Session): Dict {
  return { caller: caller.id, caller_authid: caller.identity.authid, caller_authrole: caller.identity.authrole }
}

/** The details that name a publisher in an EVENT. */
export function publisherDetails(publisher: Session): Dict {
  return {
    publisher: publisher.id,
    publisher_authid: publisher.identity.authid,
    publisher_authrole: publisher.identity.authrole,
  }
}
