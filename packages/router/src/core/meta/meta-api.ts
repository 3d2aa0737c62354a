// The meta procedures of a realm (specification: "Session Meta API", "Registration Meta API", "Subscription Meta API").

import type { MetaApiRealm } from './meta-realm.ts'
import type { OwnProcedure } from './meta-session.ts'
import { registrationProcedures } from './registration-api.ts'
import { sessionProcedures } from './session-api.ts'
import { subscriptionProcedures } from './subscription-api.ts'

/** All meta procedures of a realm by their URI. */
export function metaProcedures(realm: MetaApiRealm): ReadonlyMap<string, OwnProcedure> {
  return new Map([...sessionProcedures(realm), ...registrationProcedures(realm), ...subscriptionProcedures(realm)])
}
