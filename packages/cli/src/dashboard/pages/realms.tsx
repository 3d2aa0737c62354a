// The realms, with their numbers.

import { whole } from '../state/formats.ts'
import type { RealmRow } from '../state/admin.ts'
import { useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { List } from '../parts/list-page.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { useList } from '../parts/use-list.ts'

const keyOf = ({ realm }: RealmRow): string => realm

export function RealmsPage() {
  const { navigation } = useDashboard()
  const { list } = useList<RealmRow>('', {
    read: async (api, after) => {
      const { realms, ...page } = await api.view.realms({ after, limit: 50 })
      return { ...page, rows: realms }
    },
    keyOf,
  })
  const columns: readonly Column<RealmRow>[] = [
    { title: 'Realm', kind: 'name', cell: ({ realm }) => <a href={navigation.to('overview', { realm })}>{realm}</a>, sort: keyOf },
    {
      title: 'Sessions',
      kind: 'number',
      cell: ({ realm, sessions }) => <a href={navigation.to('sessions', { realm })}>{whole(sessions)}</a>,
      sort: ({ sessions }) => sessions,
    },
    {
      title: 'Procedures',
      kind: 'number',
      cell: ({ realm, procedures }) => <a href={navigation.to('procedures', { realm })}>{whole(procedures)}</a>,
      sort: ({ procedures }) => procedures,
    },
    {
      title: 'Topics',
      kind: 'number',
      cell: ({ realm, topics }) => <a href={navigation.to('topics', { realm })}>{whole(topics)}</a>,
      sort: ({ topics }) => topics,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ realm }) => (
        <a class="button small" href={navigation.to('call', { realm })}>
          Call
        </a>
      ),
    },
  ]
  return (
    <>
      <PageHead title="Realms" />
      <List noun="realms" list={list} columns={columns} keyOf={keyOf} hint="The configuration names realms." isFiltered={false} />
    </>
  )
}
