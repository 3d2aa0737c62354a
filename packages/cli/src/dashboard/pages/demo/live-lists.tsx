// The sessions, procedures and topics of one realm as short live lists, newest first.

import type { ComponentChildren } from 'preact'
import { counted, uriText, whole } from '../../state/formats.ts'
import type { ProcedureRow, SessionRow, TopicRow } from '../../state/admin.ts'
import { useDashboard } from '../../parts/context.ts'
import { Badge, Card } from '../../parts/small.tsx'
import type { ReadList } from '../../parts/use-list.ts'
import { useList } from '../../parts/use-list.ts'

const LIMIT = 100

export function LiveLists({ realm }: { readonly realm: string }) {
  return (
    <div class="lists" key={realm}>
      <Sessions realm={realm} />
      <Procedures realm={realm} />
      <Topics realm={realm} />
    </div>
  )
}

function Sessions({ realm }: { readonly realm: string }) {
  const dashboard = useDashboard()
  const keyOf = ({ session }: SessionRow): string => String(session)
  const read = useList<SessionRow>(realm, {
    read: async (api, after) => {
      const { sessions, ...page } = await api.view.sessions({ realm, after, limit: LIMIT })
      return { ...page, rows: sessions }
    },
    keyOf,
  })
  const row = (each: SessionRow): ComponentChildren => (
    <>
      <a class="figure" href={dashboard.navigation.to('session', { realm, id: String(each.session) })}>
        {each.session}
      </a>
      <span class="quiet">
        {who(each, dashboard.isOwn(each.session))} · {each.authid} <Badge>{each.authrole}</Badge>
      </span>
    </>
  )
  return <LiveList name="sessions" read={read} keyOf={keyOf} row={row} nothing="No session is open." />
}

function who({ transport }: SessionRow, isOwn: boolean): string {
  if (isOwn) return 'this page'
  return transport === 'local' ? 'in the router’s process' : transport
}

function Procedures({ realm }: { readonly realm: string }) {
  const { navigation } = useDashboard()
  const keyOf = ({ registration }: ProcedureRow): string => String(registration)
  const read = useList<ProcedureRow>(realm, {
    read: async (api, after) => {
      const { procedures, ...page } = await api.view.procedures({ realm, after, limit: LIMIT })
      return { ...page, rows: procedures }
    },
    keyOf,
  })
  const row = ({ procedure, callees, calls, match, invoke }: ProcedureRow): ComponentChildren => (
    <>
      <a class="uri" href={navigation.to('call', { realm, procedure })}>
        {uriText(procedure)}
      </a>
      <span class="quiet">
        {counted(callees, 'callee')} · {counted(calls, 'call')}
        {match === 'exact' ? '' : ` · ${match}`}
        {invoke === 'single' ? '' : ` · ${invoke}`}
      </span>
    </>
  )
  return <LiveList name="procedures" read={read} keyOf={keyOf} row={row} nothing="No session in this realm has registered a procedure." />
}

function Topics({ realm }: { readonly realm: string }) {
  const { navigation } = useDashboard()
  const keyOf = ({ subscription }: TopicRow): string => String(subscription)
  const read = useList<TopicRow>(realm, {
    read: async (api, after) => {
      const { topics, ...page } = await api.view.topics({ realm, after, limit: LIMIT })
      return { ...page, rows: topics }
    },
    keyOf,
  })
  const row = ({ topic, subscribers, publications, match }: TopicRow): ComponentChildren => (
    <>
      <a class="uri" href={navigation.to('events', { realm, topic, match: match === 'exact' ? '' : match })}>
        {uriText(topic)}
      </a>
      <span class="quiet">
        {counted(subscribers, 'subscriber')} · {counted(publications, 'publication')}
        {match === 'exact' ? '' : ` · ${match}`}
      </span>
    </>
  )
  return <LiveList name="topics" read={read} keyOf={keyOf} row={row} nothing="No session in this realm has subscribed to a topic." />
}

interface LiveListProps<Row> {
  readonly name: 'sessions' | 'procedures' | 'topics'
  readonly read: ReadList<Row>
  readonly keyOf: (row: Row) => string
  readonly row: (row: Row) => ComponentChildren
  readonly nothing: string
}

function LiveList<Row>({ name, read: { list }, keyOf, row, nothing }: LiveListProps<Row>) {
  const { navigation } = useDashboard()
  const page = list?.page.value
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return (
    <Card title={title} note={page === undefined ? '' : whole(page.total)} actions={<a href={navigation.to(name)}>Table</a>}>
      <ul id={name} class="rows is-live" tabIndex={0} aria-label={title}>
        {page?.rows.toReversed().map((each) => (
          <li key={keyOf(each)}>{row(each)}</li>
        ))}
        {page?.rows.length === 0 ? <li class="quiet">{nothing}</li> : null}
        {list?.fault.value === undefined ? null : <li class="quiet">{list.fault.value}</li>}
      </ul>
    </Card>
  )
}
