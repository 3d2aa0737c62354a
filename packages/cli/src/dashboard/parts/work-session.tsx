// What needs a session in the realm of an application, or how to get one.

import type { Session } from '@trunkline/client'
import type { ComponentChildren } from 'preact'
import { useDashboard } from './context.ts'
import { LoginForm } from './login-form.tsx'
import { Card, Empty, Notice } from './small.tsx'
import { useWorkSession } from './use-work-session.ts'

interface GateProps {
  readonly children: (session: Session) => ComponentChildren
}

export function WorkGate({ children }: GateProps) {
  const dashboard = useDashboard()
  const { realm, session, state } = useWorkSession()
  if (realm === undefined) return <Empty title="Choose a realm.">Calls and events happen in one realm: enter its name above.</Empty>
  if (session !== undefined) return <>{children(session)}</>
  if (state.kind === 'connecting') return <p class="quiet reading">Joining {realm} …</p>
  const link = dashboard.linkOf(realm)
  if (state.kind === 'lost') {
    return (
      <Notice tone="warn">
        {state.text}{' '}
        <button type="button" class="small" onClick={() => link.retry()}>
          Retry now
        </button>
      </Notice>
    )
  }
  return (
    <Card title={`Join ${realm}`} class="narrow">
      {state.kind === 'refused' ? <Notice>{state.text}</Notice> : null}
      <LoginForm action="Join" kind="anonymous" authid="" onLogin={(login) => link.join(realm, login)} />
    </Card>
  )
}
