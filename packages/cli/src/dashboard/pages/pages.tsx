// The page of each place.

import type { ComponentType } from 'preact'
import type { PageName } from '../state/route.ts'
import { CallPage } from './call.tsx'
import { ConfigurationPage } from './configuration.tsx'
import { EventsPage } from './events.tsx'
import { GraphPage } from './graph.tsx'
import { NodesPage } from './nodes.tsx'
import { OverviewPage } from './overview.tsx'
import { ProceduresPage } from './procedures.tsx'
import { RealmsPage } from './realms.tsx'
import { SessionPage } from './session.tsx'
import { SessionsPage } from './sessions.tsx'
import { TopicsPage } from './topics.tsx'
import { TrafficPage } from './traffic.tsx'

export const PAGE_OF: Readonly<Record<PageName, ComponentType>> = {
  overview: OverviewPage,
  nodes: NodesPage,
  realms: RealmsPage,
  sessions: SessionsPage,
  session: SessionPage,
  procedures: ProceduresPage,
  topics: TopicsPage,
  graph: GraphPage,
  traffic: TrafficPage,
  call: CallPage,
  events: EventsPage,
  configuration: ConfigurationPage,
}
