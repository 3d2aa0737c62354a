// Who calls and publishes what: a live graph with rates and latencies, and the same as tables.

import { useRef, useState } from 'preact/hooks'
import { milliseconds, short } from '../state/formats.ts'
import type { Picture } from '../state/admin.ts'
import type { CallEdge, PublicationEdge } from '../state/picture.ts'
import { groupName } from '../state/picture.ts'
import { useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge, Card, Empty, Notice, Options } from '../parts/small.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { useStream } from '../parts/use-stream.ts'
import { GraphDrawing } from './graph/graph-drawing.tsx'

const BY = ['authid', 'authrole', 'session'] as const
const BY_TEXTS = { authid: 'user', authrole: 'role', session: 'session' } as const
/** More do not fit on a screen. */
const TOP = 24

export function GraphPage() {
  const { navigation } = useDashboard()
  const { realm, by: wanted, uri } = navigation.place.value.params
  const by = BY.find((each) => each === wanted) ?? 'authid'
  const [picture, setPicture] = useState<Picture | undefined>(undefined)
  const filter = JSON.stringify([realm, by, uri])
  const shownFor = useRef(filter)
  const prefix = uri === undefined ? {} : { uri, match: 'prefix' as const }
  const fault = useStream<Picture>(filter, {
    open: (api, options) =>
      api.view.graph.stream({ ...(realm === undefined ? {} : { realm }), ...prefix, by, seconds: 2, top: TOP }, options),
    take: (next) => {
      shownFor.current = filter
      setPicture(next)
    },
  })
  const current = shownFor.current === filter ? picture : undefined
  return (
    <>
      <PageHead title="Graph" realms="all" />
      <div class="filters">
        <TextFilter name="uri" label="URIs that begin with" kind="search" />
        <label class="inline-field">
          <span>By</span>
          <select value={by} onChange={(event) => navigation.change({ by: event.currentTarget.value })}>
            <Options words={BY} textOf={(each) => BY_TEXTS[each]} />
          </select>
        </label>
      </div>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      {current === undefined ? (
        <p class="quiet reading">{fault === undefined ? 'Looking …' : ''}</p>
      ) : current.calls.length + current.publications.length === 0 ? (
        <Empty title="No calls and no publications.">What happens in the next seconds appears here.</Empty>
      ) : (
        <Shown key={filter} picture={current} />
      )}
    </>
  )
}

function Shown({ picture }: { readonly picture: Picture }) {
  const { calls, publications, others } = picture
  const callColumns = useCallColumns()
  return (
    <>
      <GraphDrawing picture={picture} />
      {others.calls + others.publications === 0 ? null : (
        <p class="quiet">
          Not shown: {short(others.calls)} calls and {short(others.publications)} publications a second of others.
        </p>
      )}
      {calls.length === 0 ? null : (
        <Card title="Calls">
          <DataTable label="Calls" columns={callColumns} rows={calls} keyOf={callKey} />
        </Card>
      )}
      {publications.length === 0 ? null : (
        <Card title="Publications">
          <DataTable label="Publications" columns={PUBLICATION_COLUMNS} rows={publications} keyOf={publicationKey} />
        </Card>
      )}
    </>
  )
}

const callKey = ({ realm, from, procedure, to }: CallEdge): string => JSON.stringify([realm, groupName(from), procedure, groupName(to)])
const publicationKey = ({ realm, from, topic }: PublicationEdge): string => JSON.stringify([realm, groupName(from), topic])

function useCallColumns(): readonly Column<CallEdge>[] {
  const { navigation } = useDashboard()
  return [
    {
      title: 'Procedure',
      kind: 'name',
      cell: ({ realm, procedure }) => (
        <a class="uri" href={navigation.to('procedures', { realm, search: procedure })}>
          {procedure}
        </a>
      ),
      sort: ({ procedure }) => procedure,
    },
    { title: 'Caller', cell: ({ from }) => groupName(from), sort: ({ from }) => groupName(from) },
    { title: 'Callee', cell: ({ to }) => groupName(to), sort: ({ to }) => groupName(to) },
    { title: 'Calls/s', kind: 'number', cell: ({ rate }) => short(rate), sort: ({ rate }) => rate },
    {
      title: 'Errors/s',
      kind: 'number',
      cell: ({ errors }) => (errors === 0 ? <span class="quiet">0</span> : <Badge tone="bad">{short(errors)}</Badge>),
      sort: ({ errors }) => errors,
    },
    { title: 'Mean', kind: 'number', cell: ({ mean_ms: mean }) => milliseconds(mean), sort: ({ mean_ms: mean }) => mean },
    { title: 'Max', kind: 'number', cell: ({ max_ms: max }) => milliseconds(max), sort: ({ max_ms: max }) => max },
  ]
}

const PUBLICATION_COLUMNS: readonly Column<PublicationEdge>[] = [
  { title: 'Topic', kind: 'name', cell: ({ topic }) => <span class="uri">{topic}</span>, sort: ({ topic }) => topic },
  { title: 'Publisher', cell: ({ from }) => groupName(from), sort: ({ from }) => groupName(from) },
  { title: 'Published/s', kind: 'number', cell: ({ rate }) => short(rate), sort: ({ rate }) => rate },
  { title: 'Events/s', kind: 'number', cell: ({ deliveries }) => short(deliveries), sort: ({ deliveries }) => deliveries },
  { title: 'Subscribers', kind: 'number', cell: ({ subscribers }) => short(subscribers), sort: ({ subscribers }) => subscribers },
]
