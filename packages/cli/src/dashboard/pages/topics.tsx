// The topics that are subscribed to, or whose events are kept, with their events.

import { MATCH_POLICIES } from '@trunkline/protocol'
import type { TopicRow } from '../state/admin.ts'
import { ago, short, uriText, whole } from '../state/formats.ts'
import type { Rates } from '../state/rates.ts'
import { useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { Choice, List } from '../parts/list-page.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge } from '../parts/small.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { useList } from '../parts/use-list.ts'
import { rateText } from './sessions.tsx'

const keyOf = ({ realm, subscription }: TopicRow): string => `${realm} ${subscription}`

export function TopicsPage() {
  const { navigation } = useDashboard()
  const { realm, search, match } = navigation.place.value.params
  const { list, rates } = useList<TopicRow>(JSON.stringify([realm, search, match]), {
    read: async (api, after) => {
      const policy = MATCH_POLICIES.find((each) => each === match)
      const { topics, ...page } = await api.view.topics({ realm, search, match: policy, after, limit: 50 })
      return { ...page, rows: topics }
    },
    keyOf,
    countsOf: ({ publications, deliveries }) => [publications, deliveries],
  })
  return (
    <>
      <PageHead title="Topics" realms="all" />
      <div class="filters">
        <TextFilter name="search" kind="search" label="Search URIs" />
        <Choice name="match" label="Match" words={MATCH_POLICIES} />
      </div>
      <List
        noun="topics"
        list={list}
        columns={useColumns(rates)}
        keyOf={keyOf}
        hint="A topic is here as soon as a session subscribes to it."
        isFiltered={search !== undefined || match !== undefined}
      />
    </>
  )
}

function useColumns(rates: Rates<TopicRow>): readonly Column<TopicRow>[] {
  const { navigation } = useDashboard()
  const now = Date.now()
  return [
    {
      title: 'Topic',
      kind: 'name',
      cell: ({ topic, match }) => (
        <span>
          <span class="uri">{uriText(topic)}</span> {match === 'exact' ? null : <Badge>{match}</Badge>}
        </span>
      ),
      sort: ({ topic }) => topic,
    },
    { title: 'Realm', cell: ({ realm }) => <span class="uri">{realm}</span>, sort: ({ realm }) => realm },
    { title: 'Subscribers', kind: 'number', cell: ({ subscribers }) => whole(subscribers), sort: ({ subscribers }) => subscribers },
    { title: 'Published/s', kind: 'number', cell: (row) => rateText(rates.of(row)?.[0]), sort: (row) => rates.of(row)?.[0] ?? 0 },
    { title: 'Delivered/s', kind: 'number', cell: (row) => rateText(rates.of(row)?.[1]), sort: (row) => rates.of(row)?.[1] ?? 0 },
    { title: 'Published', kind: 'number', cell: ({ publications }) => short(publications), sort: ({ publications }) => publications },
    {
      title: 'Dropped',
      kind: 'number',
      cell: ({ dropped_events: dropped, gaps }) =>
        dropped + gaps === 0 ? (
          <span class="quiet">0</span>
        ) : (
          <Badge tone="warn">
            {short(dropped)}
            {gaps > 0 ? `, ${whole(gaps)} gaps` : ''}
          </Badge>
        ),
      sort: ({ dropped_events: dropped }) => dropped,
    },
    { title: 'Age', kind: 'number', cell: ({ created }) => ago(created, now), sort: ({ created }) => now - Date.parse(created) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ realm, topic, match }) => (
        <a
          class="button small"
          href={navigation.to('events', { realm, topic, match: match === 'exact' ? '' : match })}
          aria-label={`Watch ${topic}`}
        >
          Watch
        </a>
      ),
    },
  ]
}
