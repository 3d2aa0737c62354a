// For tests: a realm with its tables, of which users of the router see only a view.

import type { Router } from '@trunkline/router'
import type { Realm } from '../core/index.ts'

/** A realm that exists. */
export function realmIn({ router }: { readonly router: Router }, name: string): Realm | undefined {
  return router['allRealms'].get(name)
}
