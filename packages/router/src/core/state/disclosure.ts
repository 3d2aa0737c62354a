// Whether a caller or publisher may be disclosed, and by which details (specification: "Caller Identification", "Publisher
// Identification"). The details come from the session alone, never from what a client wrote.

import type { Dict } from '@trunkline/protocol'
import type { RealmSettings } from '../ports/settings.ts'
import type { Session } from './session.ts'

/** Whether the realm refuses a request because its sender asks for disclosure. A rule may refuse it too (rights/verdicts.ts). */
export function refusesDisclosure(isWanted: boolean, settings: Pick<RealmSettings, 'allowsDisclosure'>): boolean {
  return isWanted && !settings.allowsDisclosure
}

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
