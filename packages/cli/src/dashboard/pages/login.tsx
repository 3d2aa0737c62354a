// The way in: a login for the realm of the admin API.

import { useDashboard } from '../parts/context.ts'
import { LoginForm } from '../parts/login-form.tsx'
import { Notice } from '../parts/small.tsx'

export function LoginPage() {
  const dashboard = useDashboard()
  const state = dashboard.admin.state.value
  const { kind, authid } = dashboard.lastLogin
  return (
    <main class="login">
      <section class="card" aria-labelledby="login-title">
        <h1 id="login-title">Log in</h1>
        <p class="quiet">
          Realm <span class="uri">{dashboard.about.adminRealm}</span>
        </p>
        {state.kind === 'refused' && dashboard.wasAsked ? <Notice>{state.text}</Notice> : null}
        {state.kind === 'lost' ? <Notice tone="warn">{state.text}</Notice> : null}
        {state.kind === 'connecting' ? <p role="status">Connecting …</p> : null}
        <LoginForm action="Log in" kind={kind} authid={authid} onLogin={(login) => dashboard.logIn(login)} />
      </section>
    </main>
  )
}
