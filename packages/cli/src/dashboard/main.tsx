// The dashboard: asks the router that served it where to connect, and shows its pages. It is a WAMP client like any other and
// shows data of the admin API.

import { render } from 'preact'
import { LoginPage } from './pages/login.tsx'
import { PAGE_OF } from './pages/pages.tsx'
import { DashboardContext, useDashboard } from './parts/context.ts'
import { Shell } from './parts/shell.tsx'
import { readAbout } from './state/about.ts'
import { Dashboard } from './state/dashboard.ts'

function Root() {
  const dashboard = useDashboard()
  const state = dashboard.admin.state.value
  const { page } = dashboard.navigation.place.value
  const Page = PAGE_OF[page]
  const isIn = state.kind === 'open' || dashboard.watch.status.value !== undefined || dashboard.about.development !== undefined
  if (!isIn || state.kind === 'idle' || state.kind === 'refused') return <LoginPage />
  return (
    <Shell>
      <Page />
    </Shell>
  )
}

async function main(): Promise<void> {
  const root = document.getElementById('root')
  if (root === null) throw new Error('the page has no root')
  try {
    const dashboard = new Dashboard(await readAbout())
    dashboard.start()
    render(
      <DashboardContext.Provider value={dashboard}>
        <Root />
      </DashboardContext.Provider>,
      root,
    )
  } catch (error) {
    root.textContent = `The dashboard cannot start: ${String(error)}`
  }
}

void main()
