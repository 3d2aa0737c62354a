// The nodes of the cluster: how each is, the link to it, and what differs.

import { useEffect, useState } from 'preact/hooks'
import { DisconnectedError } from '@trunkline/client'
import { milliseconds, octets, whole } from '../state/formats.ts'
import type { NodeLink } from '../state/admin.ts'
import type { NodeView } from '../state/nodes.ts'
import { nodeViews } from '../state/nodes.ts'
import { wordsFor } from '../state/words.ts'
import { useAdmin, useDashboard } from '../parts/context.ts'
import type { Column } from '../parts/data-table.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge, Empty, Notice } from '../parts/small.tsx'

export function NodesPage() {
  const { status, fault } = useDashboard().watch
  const { links, linksFault } = useLinks()
  const views = status.value === undefined ? [] : nodeViews(status.value, links)
  const warned = views.filter(({ warnings }) => warnings.length > 0)
  const problem = fault.value ?? linksFault
  return (
    <>
      <PageHead title="Nodes" />
      {problem === undefined ? null : <Notice>{problem}</Notice>}
      {warned.map(({ node, warnings }) => (
        <Notice key={node} tone="warn">
          <strong>{node}</strong>: {warnings.join('; ')}
        </Notice>
      ))}
      {views.length === 0 ? (
        <Empty title="No other nodes.">
          The router stands alone as one process. <code>--workers</code> and the block <code>cluster</code> of the configuration make more.
        </Empty>
      ) : (
        <DataTable label="Nodes" columns={COLUMNS} rows={views} keyOf={({ node }) => node} />
      )}
    </>
  )
}

const COLUMNS: readonly Column<NodeView>[] = [
  {
    title: 'Node',
    kind: 'name',
    cell: ({ node, host, told, link }) => (
      <>
        <strong>{node}</strong>{' '}
        <span class="quiet">
          {host}
          {link === undefined && told !== undefined ? ', the one that answers' : ''}
        </span>
      </>
    ),
    sort: ({ node }) => node,
  },
  {
    title: 'State',
    cell: ({ state, isWell }) => <Badge tone={isWell ? (state === 'left' ? 'plain' : 'good') : 'warn'}>{state}</Badge>,
    sort: ({ state }) => state,
  },
  { title: 'Version', cell: ({ told }) => told?.version ?? '–' },
  numbers('Sessions', ({ told }) => told?.sessions, whole),
  numbers('Memory', ({ told }) => told?.memory.rss, octets),
  numbers('Event loop, p99', ({ told }) => told?.event_loop_delay_ms.p99, milliseconds),
  numbers('Link delay', ({ link }) => (link?.state === 'left' ? undefined : link?.round_trip_ms), milliseconds),
  numbers('Link queue', ({ link }) => link?.queued_bytes, octets),
  numbers('Sent again', ({ link }) => link?.packets_resent, whole),
]

function numbers(title: string, of: (view: NodeView) => number | undefined, text: (value: number) => string): Column<NodeView> {
  return {
    title,
    kind: 'number',
    cell: (view) => {
      const value = of(view)
      return value === undefined ? '–' : text(value)
    },
    sort: (view) => of(view) ?? -1,
  }
}

/** The links of the node that answers, read with each sample of the status. */
function useLinks(): { readonly links: readonly NodeLink[]; readonly linksFault: string | undefined } {
  const api = useAdmin()
  const { session } = useDashboard().admin
  const beat = useDashboard().watch.beat.value
  const [links, setLinks] = useState<readonly NodeLink[]>([])
  const [linksFault, setFault] = useState<string | undefined>(undefined)
  useEffect(() => {
    let isLatest = true
    api?.view.nodes().then(
      ({ nodes }) => {
        if (!isLatest) return
        setLinks(nodes)
        setFault(undefined)
      },
      (error: unknown) => {
        // The page shows the end of the session elsewhere.
        if (isLatest && !(error instanceof DisconnectedError)) setFault(wordsFor(error))
      },
    )
    return () => {
      isLatest = false
    }
  }, [beat, session])
  return { links, linksFault }
}
