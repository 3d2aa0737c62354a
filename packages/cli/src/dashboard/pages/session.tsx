// One session: who it is, what it does now, and its end.

import { useEffect, useMemo, useState } from 'preact/hooks'
import type { SessionRow } from '../state/admin.ts'
import { ago, counted, octets, short, whole } from '../state/formats.ts'
import { Rates } from '../state/rates.ts'
import { isError, wordsFor } from '../state/words.ts'
import { useAdmin, useDashboard } from '../parts/context.ts'
import { PageHead } from '../parts/page-head.tsx'
import type { Fact } from '../parts/small.tsx'
import { Badge, Card, Facts, Notice } from '../parts/small.tsx'
import { useKick } from '../parts/use-kick.tsx'

const PERIOD_MS = 1_000

export function SessionPage() {
  const dashboard = useDashboard()
  const { realm, id = '' } = dashboard.navigation.place.value.params
  const { row, fault, rates } = useSession(realm, Number(id))
  const kick = useKick(() => dashboard.navigation.go('sessions', { realm }))
  return (
    <>
      <PageHead title={row === undefined ? `Session ${id}` : row.authid}>
        {row === undefined || dashboard.isOwn(row.session) ? null : (
          <button type="button" class="danger" onClick={() => kick.ask(row)}>
            Kick
          </button>
        )}
      </PageHead>
      <p class="quiet">
        <a href={dashboard.navigation.to('sessions', { realm })}>All sessions</a> ·{' '}
        <a href={dashboard.navigation.to('traffic', { realm, session: id })}>Its traffic, live</a>
      </p>
      {fault === undefined ? null : <Notice tone={row === undefined ? 'bad' : 'warn'}>{fault}</Notice>}
      {row === undefined ? null : (
        <div class="grid-3">
          <Card title="Who">
            <Facts facts={identity(row)} />
          </Card>
          <Card title="Connection">
            <Facts facts={connection(row)} />
          </Card>
          <Card title="Traffic">
            <Facts facts={traffic(row, rates.of(row) ?? [])} />
          </Card>
        </div>
      )}
      {kick.dialog}
    </>
  )
}

function useSession(realm: string | undefined, id: number) {
  const { session } = useDashboard().admin
  const api = useAdmin()
  const [row, setRow] = useState<SessionRow | undefined>(undefined)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const rates = useMemo(() => new Rates<SessionRow>(() => '', counts), [id])
  useEffect(() => {
    setRow(undefined)
    setFault(undefined)
    if (api === undefined) return
    let isCurrent = true
    const read = async (): Promise<void> => {
      try {
        const found = await api.view.session(id, { realm })
        rates.update([found], Date.now())
        if (isCurrent) setRow(found)
      } catch (error) {
        if (isCurrent) setFault(isError(error, 'wamp.error.no_such_session') ? 'This session has ended.' : wordsFor(error))
        clearInterval(timer)
      }
    }
    const timer = setInterval(() => void read(), PERIOD_MS)
    void read()
    return () => {
      isCurrent = false
      clearInterval(timer)
    }
  }, [realm, id, session])
  return { row, fault, rates }
}

function counts({ messages_in, messages_out, octets_in, octets_out }: SessionRow): readonly number[] {
  return [messages_in ?? 0, messages_out ?? 0, octets_in ?? 0, octets_out ?? 0]
}

function identity(row: SessionRow): readonly Fact[] {
  return [
    { name: 'Session', value: <span class="figure">{row.session}</span> },
    { name: 'Realm', value: <span class="uri">{row.realm}</span> },
    { name: 'Name', value: row.authid },
    { name: 'Role', value: <Badge>{row.authrole}</Badge> },
    { name: 'Login', value: `${row.authmethod}, ${row.authprovider}` },
    { name: 'Open for', value: ago(row.since, Date.now()) },
  ]
}

function connection(row: SessionRow): readonly Fact[] {
  return [
    { name: 'Transport', value: `${row.transport}${row.secure ? ', TLS' : ''}` },
    { name: 'Serializer', value: row.serializer },
    { name: 'Address', value: row.address ?? '–' },
    { name: 'Peer', value: row.peer },
    { name: 'Agent', value: row.agent ?? '–' },
    {
      name: 'Holds',
      value: `${counted(row.registrations, 'registration')}, ${counted(row.subscriptions, 'subscription')}`,
    },
  ]
}

function traffic(row: SessionRow, [messagesIn, messagesOut, octetsIn, octetsOut]: readonly number[]): readonly Fact[] {
  const flow = (count: number | null, size: number | null, rate: number | undefined, sizeRate: number | undefined): string => {
    if (count === null) return 'not counted'
    const now = rate === undefined ? '' : ` · ${short(rate)}/s, ${octets(sizeRate ?? 0)}/s`
    return `${whole(count)} messages, ${octets(size ?? 0)}${now}`
  }
  return [
    { name: 'In', value: flow(row.messages_in, row.octets_in, messagesIn, octetsIn) },
    { name: 'Out', value: flow(row.messages_out, row.octets_out, messagesOut, octetsOut) },
    { name: 'Open calls', value: `${whole(row.calls)} as caller, ${whole(row.invocations)} as callee` },
    { name: 'Queued', value: `${whole(row.queued_events)} events, ${whole(row.queued_replies)} others, ${octets(row.queued_bytes)}` },
    { name: 'Dropped', value: row.dropped_events === 0 ? '0' : <Badge tone="warn">{whole(row.dropped_events)} events</Badge> },
    {
      name: 'Takes nothing',
      value: row.seconds_without_progress === 0 ? '–' : <Badge tone="bad">for {row.seconds_without_progress} s</Badge>,
    },
  ]
}
