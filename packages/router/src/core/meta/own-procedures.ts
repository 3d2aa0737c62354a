// All procedures that a realm offers in its own name.

import type { PayloadFormat } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { adminProcedures } from './admin-api.ts'
import { durableProcedures } from './durable-api.ts'
import { historyProcedures } from './history-api.ts'
import { metaProcedures } from './meta-api.ts'
import type { OwnProcedure } from './meta-session.ts'
import { reflectionProcedures } from './reflection-api.ts'
import { retainedProcedures } from './retained-api.ts'
import { testamentProcedures } from './testament-api.ts'

/** What they need from their realm. */
type OwnRealm = Parameters<typeof metaProcedures>[0] &
  Parameters<typeof historyProcedures>[0] &
  Parameters<typeof testamentProcedures>[0] &
  Parameters<typeof reflectionProcedures>[0] &
  Parameters<typeof adminProcedures>[0] & { readonly broker: Broker }

/** The procedures of the meta API and of the router's own names, by URI. */
export function ownProcedures(realm: OwnRealm, context: RealmContext, format: PayloadFormat): ReadonlyMap<string, OwnProcedure> {
  return new Map([
    ...metaProcedures(realm),
    ...historyProcedures(realm, context),
    ...testamentProcedures(realm, context, format),
    ...retainedProcedures(realm.broker),
    ...durableProcedures(realm),
    ...reflectionProcedures(realm, context, format),
    ...adminProcedures(realm, context.clock),
  ])
}
