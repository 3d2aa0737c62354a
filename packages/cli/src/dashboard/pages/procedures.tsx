// The procedures that are registered, with their calls.

import { MATCH_POLICIES } from '@trunkline/protocol'
import type { ProcedureRow } from '../state/admin.ts'
import { ago, milliseconds, short, uriText, whole } from '../state/formats.ts'
import type { Rates } from '../state/rates.ts'
import { useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { Choice, List } from '../parts/list-page.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge } from '../parts/small.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { useList } from '../parts/use-list.ts'
import { rateText } from './sessions.tsx'

const keyOf = ({ realm, registration }: ProcedureRow): string => `${realm} ${registration}`

export function ProceduresPage() {
  const { navigation } = useDashboard()
  const { realm, search, match } = navigation.place.value.params
  const { list, rates } = useList<ProcedureRow>(JSON.stringify([realm, search, match]), {
    read: async (api, after) => {
      const policy = MATCH_POLICIES.find((each) => each === match)
      const { procedures, ...page } = await api.view.procedures({ realm, search, match: policy, after, limit: 50 })
      return { ...page, rows: procedures }
    },
    keyOf,
    countsOf: ({ calls, errors }) => [calls, errors],
  })
  return (
    <>
      <PageHead title="Procedures" realms="all" />
      <div class="filters">
        <TextFilter name="search" kind="search" label="Search URIs" />
        <Choice name="match" label="Match" words={MATCH_POLICIES} />
      </div>
      <List
        noun="procedures"
        list={list}
        columns={useColumns(rates)}
        keyOf={keyOf}
        hint="A procedure is here as soon as a session registers it."
        isFiltered={search !== undefined || match !== undefined}
      />
    </>
  )
}

function useColumns(rates: Rates<ProcedureRow>): readonly Column<ProcedureRow>[] {
  const { navigation } = useDashboard()
  const now = Date.now()
  return [
    { title: 'Procedure', kind: 'name', cell: (row) => <Procedure row={row} />, sort: ({ procedure }) => procedure },
    { title: 'Realm', cell: ({ realm }) => <span class="uri">{realm}</span>, sort: ({ realm }) => realm },
    { title: 'Callees', kind: 'number', cell: ({ callees }) => whole(callees), sort: ({ callees }) => callees },
    { title: 'Calls/s', kind: 'number', cell: (row) => rateText(rates.of(row)?.[0]), sort: (row) => rates.of(row)?.[0] ?? 0 },
    { title: 'Calls', kind: 'number', cell: ({ calls }) => short(calls), sort: ({ calls }) => calls },
    {
      title: 'Errors',
      kind: 'number',
      cell: ({ errors }) => (errors === 0 ? <span class="quiet">0</span> : <Badge tone="warn">{short(errors)}</Badge>),
      sort: ({ errors }) => errors,
    },
    {
      title: 'Mean',
      kind: 'number',
      cell: ({ latency_ms: ms }) => (ms === null ? '–' : milliseconds(ms.mean)),
      sort: ({ latency_ms: ms }) => ms?.mean ?? 0,
    },
    {
      title: 'p99',
      kind: 'number',
      cell: ({ latency_ms: ms }) => (ms === null ? '–' : milliseconds(ms.p99)),
      sort: ({ latency_ms: ms }) => ms?.p99 ?? 0,
    },
    { title: 'Age', kind: 'number', cell: ({ created }) => ago(created, now), sort: ({ created }) => now - Date.parse(created) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ realm, procedure, match }) =>
        match === 'exact' ? (
          <a class="button small" href={navigation.to('call', { realm, procedure })} aria-label={`Call ${procedure}`}>
            Call
          </a>
        ) : null,
    },
  ]
}

function Procedure({ row: { procedure, match, invoke } }: { readonly row: ProcedureRow }) {
  return (
    <span>
      <span class="uri">{uriText(procedure)}</span> {match === 'exact' ? null : <Badge>{match}</Badge>}{' '}
      {invoke === 'single' ? null : <Badge>{invoke}</Badge>}
    </span>
  )
}
