// The session in the realm of an application, for calls and events. In development mode it opens by itself; else the reader logs in.

import type { Session } from '@trunkline/client'
import { useEffect } from 'preact/hooks'
import type { LinkState } from '../state/link.ts'
import { ANONYMOUS } from '../state/login.ts'
import { useDashboard } from './context.ts'

/** Joins the realm of the address where no login is needed for it. */
export function useWorkSession(): { readonly realm: string | undefined; readonly session: Session | undefined; readonly state: LinkState } {
  const dashboard = useDashboard()
  const realm = dashboard.workRealm
  const link = dashboard.linkOf(realm ?? '')
  useEffect(() => {
    if (realm === undefined || link === dashboard.admin || link.realm.value === realm) return
    if (dashboard.about.development === undefined) link.leave()
    else link.join(realm, ANONYMOUS)
  }, [realm])
  const isThere = realm !== undefined && link.realm.value === realm
  return { realm, session: isThere ? link.session : undefined, state: isThere ? link.state.value : { kind: 'idle' } }
}
