// The sessions: who they are, what they send and get, what is queued for them. The slow ones have a filter of their own.

import { ago, octets, short, whole } from '../state/formats.ts'
import type { SessionRow } from '../state/admin.ts'
import type { Rates } from '../state/rates.ts'
import { useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { Choice, List } from '../parts/list-page.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge } from '../parts/small.tsx'
import { useKick } from '../parts/use-kick.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { useList } from '../parts/use-list.ts'

const keyOf = ({ realm, session }: SessionRow): string => `${realm} ${session}`
const countsOf = ({ messages_in, messages_out }: SessionRow): readonly number[] => [messages_in ?? 0, messages_out ?? 0]

export function SessionsPage() {
  const { navigation } = useDashboard()
  const { realm, search, transport, slow } = navigation.place.value.params
  const isSlow = slow === 'yes'
  const kick = useKick()
  const { list, rates } = useList<SessionRow>(JSON.stringify([realm, search, transport, slow]), {
    read: async (api, after) => {
      const way = TRANSPORTS.find((each) => each === transport)
      const { sessions, ...page } = await api.view.sessions({
        realm,
        search,
        transport: way,
        slow: isSlow ? true : undefined,
        after,
        limit: 50,
      })
      return { ...page, rows: isSlow ? sessions.toSorted((a, b) => slowness(b) - slowness(a)) : sessions }
    },
    keyOf,
    countsOf,
  })
  return (
    <>
      <PageHead title="Sessions" realms="all" />
      <div class="filters">
        <TextFilter name="search" kind="search" label="Search name, role, agent, address" />
        <Choice name="transport" label="Transport" words={TRANSPORTS} />
        <label class="check">
          <input
            type="checkbox"
            checked={isSlow}
            onChange={(event) => navigation.change({ slow: event.currentTarget.checked ? 'yes' : '' })}
          />
          Slow only
        </label>
      </div>
      <List
        noun="sessions"
        list={list}
        columns={useColumns(rates, kick.ask)}
        keyOf={keyOf}
        hint="A session opens when a client connects and joins a realm."
        isFiltered={[search, transport, slow].some((each) => each !== undefined)}
      />
      {kick.dialog}
    </>
  )
}

const TRANSPORTS = ['websocket', 'rawsocket', 'longpoll', 'http', 'local'] as const

/** What stands still first, then what has most queued. */
function slowness({ seconds_without_progress, queued_bytes, dropped_events }: SessionRow): number {
  return seconds_without_progress * 1e12 + queued_bytes + dropped_events / 1e6
}

function useColumns(rates: Rates<SessionRow>, kick: (row: SessionRow) => void): readonly Column<SessionRow>[] {
  const dashboard = useDashboard()
  const now = Date.now()
  return [
    { title: 'Session', kind: 'name', cell: (row) => <Who row={row} />, sort: ({ authid }) => authid },
    { title: 'Realm', cell: ({ realm }) => <span class="uri">{realm}</span>, sort: ({ realm }) => realm },
    { title: 'Connection', cell: (row) => <Connection row={row} />, sort: ({ peer }) => peer },
    { title: 'In/s', kind: 'number', cell: (row) => rateText(rates.of(row)?.[0]), sort: (row) => rates.of(row)?.[0] ?? 0 },
    { title: 'Out/s', kind: 'number', cell: (row) => rateText(rates.of(row)?.[1]), sort: (row) => rates.of(row)?.[1] ?? 0 },
    { title: 'Queue', kind: 'number', cell: (row) => <Queue row={row} />, sort: slowness },
    { title: 'Age', kind: 'number', cell: ({ since }) => ago(since, now), sort: ({ since }) => now - Date.parse(since) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (row) =>
        dashboard.isOwn(row.session) ? null : (
          <button type="button" class="small danger-text" aria-label={`Kick session ${row.session}`} onClick={() => kick(row)}>
            Kick
          </button>
        ),
    },
  ]
}

export function rateText(rate: number | undefined): string {
  return rate === undefined ? '–' : short(rate)
}

function Who({ row }: { readonly row: SessionRow }) {
  const dashboard = useDashboard()
  return (
    <div class="stack">
      <a href={dashboard.navigation.to('session', { realm: row.realm, id: String(row.session) })}>{row.authid}</a>
      <span class="quiet">
        <Badge>{row.authrole}</Badge> <span class="figure">{row.session}</span>
        {dashboard.isOwn(row.session) ? ' · this page' : ''}
      </span>
    </div>
  )
}

function Connection({ row }: { readonly row: SessionRow }) {
  return (
    <div class="stack">
      <span>
        {row.transport === 'local' ? 'in the router’s process' : `${row.transport}, ${row.serializer}${row.secure ? ', TLS' : ''}`}
      </span>
      <span class="quiet">{row.transport === 'local' ? row.agent : (row.address ?? row.peer)}</span>
    </div>
  )
}

export function Queue({ row }: { readonly row: SessionRow }) {
  const { queued_bytes, dropped_events, seconds_without_progress: stalled } = row
  if (queued_bytes === 0 && dropped_events === 0) return <span class="quiet">0</span>
  return (
    <div class="stack is-end">
      <span>{octets(queued_bytes)}</span>
      {stalled > 0 ? <Badge tone="bad">stalled {stalled} s</Badge> : null}
      {dropped_events > 0 ? <Badge tone="warn">{whole(dropped_events)} dropped</Badge> : null}
    </div>
  )
}
