// The dashboard for the components below it.

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { AdminCalls } from '../state/admin.ts'
import { adminCalls } from '../state/admin.ts'
import type { Dashboard } from '../state/dashboard.ts'

export const DashboardContext = createContext<Dashboard | undefined>(undefined)

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext)
  if (dashboard === undefined) throw new Error('no dashboard around this component')
  return dashboard
}

/** The admin API; undefined without a session. */
export function useAdmin(): AdminCalls | undefined {
  const { session } = useDashboard().admin
  return session === undefined ? undefined : adminCalls(session)
}
