// The router at a glance: its state, its charts, who is slow, which limits were hit. In development mode the demo comes first.

import { duration, milliseconds, octets, short, timeOfDay, whole } from '../state/formats.ts'
import type { SessionRow, Status } from '../state/admin.ts'
import { useDashboard } from '../parts/context.ts'
import type { ChartProps } from '../parts/chart.tsx'
import { Chart } from '../parts/chart.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge, Card, Notice } from '../parts/small.tsx'
import { useList } from '../parts/use-list.ts'
import { DemoCard } from './demo/demo-card.tsx'
import { DemoCode } from './demo/demo-code.tsx'
import { LiveLists } from './demo/live-lists.tsx'
import { useDemo } from './demo/use-demo.ts'
import { Queue } from './sessions.tsx'

export function OverviewPage() {
  const dashboard = useDashboard()
  return dashboard.about.development === undefined ? <Overview /> : <DevelopmentOverview />
}

function Overview() {
  return (
    <>
      <PageHead title="Overview">
        <State />
      </PageHead>
      <RouterNumbers />
      <Charts />
      <Concerns />
    </>
  )
}

function DevelopmentOverview() {
  const demo = useDemo()
  return (
    <>
      <PageHead title="Overview" realms="one">
        <State />
      </PageHead>
      <div class="development">
        <DemoCard demo={demo} />
        <div class="development-lists">
          <LiveLists realm={demo.realm} />
          <RouterNumbers />
          <Concerns />
        </div>
        <DemoCode demo={demo} />
        <Charts />
      </div>
    </>
  )
}

function RouterNumbers() {
  const { fault, status } = useDashboard().watch
  return (
    <>
      {fault.value === undefined ? null : <Notice>{fault.value}</Notice>}
      {status.value === undefined ? null : <Numbers status={status.value} />}
      {status.value === undefined ? null : <MissingNodes status={status.value} />}
    </>
  )
}

/** What an operator would look after. */
function Concerns() {
  return (
    <div class="grid-3">
      <SlowSessions />
      <Comings />
      <Limits />
    </div>
  )
}

function State() {
  const { admin, watch } = useDashboard()
  const status = watch.status.value
  if (status === undefined) return null
  const isConnected = admin.state.value.kind === 'open'
  return (
    <span class="page-note">
      <Badge tone={isConnected && status.state === 'running' ? 'good' : 'warn'}>{isConnected ? status.state : 'no connection'}</Badge>
      <span class="quiet">
        {isConnected ? 'for' : 'last seen after'} {duration(status.uptime_seconds)} · Trunkline {status.version} · Node{' '}
        {status.node_version.replace(/^v/, '')}
      </span>
    </span>
  )
}

function Numbers({ status }: { readonly status: Status }) {
  const { navigation } = useDashboard()
  const nodes = status.nodes.length + status.missing.length
  const numbers = [
    ...(nodes === 0 ? [] : [{ name: 'Nodes', value: nodes, href: navigation.to('nodes') }]),
    { name: 'Realms', value: status.realms, href: navigation.to('realms') },
    { name: 'Sessions', value: status.sessions, href: navigation.to('sessions') },
    { name: 'Procedures', value: status.procedures, href: navigation.to('procedures') },
    { name: 'Topics', value: status.topics, href: navigation.to('topics') },
    { name: 'Connections', value: status.connections },
    { name: 'Open calls', value: status.calls_open },
  ]
  return (
    <ul class="numbers" aria-label="Numbers">
      {numbers.map(({ name, value, href }) => (
        <li key={name}>
          {href === undefined ? <span class="number-name">{name}</span> : <a href={href}>{name}</a>}
          <strong>{short(value)}</strong>
        </li>
      ))}
    </ul>
  )
}

/** Nodes that did not answer: the numbers are without theirs. */
function MissingNodes({ status: { missing } }: { readonly status: Status }) {
  const { navigation } = useDashboard()
  if (missing.length === 0) return null
  return (
    <Notice tone="warn">
      No answer from <a href={navigation.to('nodes')}>{missing.join(', ')}</a>: the numbers are without theirs.
    </Notice>
  )
}

const CHARTS: readonly ChartProps[] = [
  { title: 'Sessions', series: [{ name: 'sessions', label: 'open' }], format: short, least: 4 },
  {
    title: 'Messages a second',
    series: [
      { name: 'messagesIn', label: 'in' },
      { name: 'messagesOut', label: 'out' },
    ],
    format: short,
    least: 10,
  },
  { title: 'Calls a second', series: [{ name: 'calls', label: 'routed' }], format: short, least: 10 },
  {
    title: 'Events a second',
    series: [
      { name: 'deliveries', label: 'delivered' },
      { name: 'publications', label: 'published' },
    ],
    format: short,
    least: 10,
  },
  { title: 'Queued', series: [{ name: 'queuedOctets', label: 'for all sessions' }], format: octets, least: 65_536, isOctets: true },
  {
    title: 'Event-loop delay',
    series: [
      { name: 'delayP99Ms', label: 'p99' },
      { name: 'delayMeanMs', label: 'mean' },
    ],
    format: milliseconds,
    least: 10,
  },
  {
    title: 'Memory',
    series: [
      { name: 'rssOctets', label: 'process' },
      { name: 'heapOctets', label: 'heap' },
    ],
    format: octets,
    least: 64 * 2 ** 20,
    isOctets: true,
  },
  {
    title: 'Processor',
    series: [{ name: 'cpuPercent', label: 'of one core' }],
    format: (value) => `${short(Math.round(value))} %`,
    least: 20,
  },
]

function Charts() {
  return (
    <div class="charts">
      {CHARTS.map((chart) => (
        <Chart key={chart.title} {...chart} />
      ))}
    </div>
  )
}

const sessionKey = ({ realm, session }: SessionRow): string => `${realm} ${session}`

function SlowSessions() {
  const { navigation } = useDashboard()
  const { list } = useList<SessionRow>('slow', {
    read: async (api, after) => {
      const { sessions, ...page } = await api.view.sessions({ slow: true, after, limit: 100 })
      return { ...page, rows: sessions.toSorted((a, b) => b.queued_bytes - a.queued_bytes) }
    },
    keyOf: sessionKey,
  })
  const rows = list?.page.value?.rows ?? []
  return (
    <Card title="Slowest sessions" actions={<a href={navigation.to('sessions', { slow: 'yes' })}>All slow ones</a>}>
      {rows.length === 0 ? (
        <p class="quiet">Every session takes what is sent to it.</p>
      ) : (
        <ul class="rows">
          {rows.slice(0, 5).map((row) => (
            <li key={sessionKey(row)}>
              <span>
                <a href={navigation.to('session', { realm: row.realm, id: String(row.session) })}>{row.authid}</a>{' '}
                <span class="quiet">{row.realm}</span>
              </span>
              <Queue row={row} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Comings() {
  const { navigation, watch } = useDashboard()
  const comings = watch.comings.value
  return (
    <Card title="Just now" note="who came and went">
      {comings.length === 0 ? (
        <p class="quiet">Nobody, since this page was opened.</p>
      ) : (
        <ul class="rows">
          {comings.map(({ kind, at, realm, session, authid, authrole }) => (
            <li key={`${kind} ${session}`}>
              <span>
                {kind === 'joined' ? <a href={navigation.to('session', { realm, id: String(session) })}>{authid}</a> : authid}{' '}
                <span class="quiet">
                  {realm}, {authrole}
                </span>
              </span>
              <span class="quiet figure">
                {kind} {timeOfDay(new Date(at))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Limits() {
  const limits = useDashboard().watch.limits.value.slice(0, 6)
  return (
    <Card title="Limits hit" note="since the start">
      {limits.length === 0 ? (
        <p class="quiet">No limit has refused anything.</p>
      ) : (
        <ul class="rows">
          {limits.map(({ limit, hits }) => (
            <li key={limit}>
              <span class="uri">{limit}</span>
              <span class="figure">{whole(hits)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
