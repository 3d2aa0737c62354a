// Publishes to any topic with JSON, and subscribes to any topics and patterns with a live log.

import { useDashboard } from '../parts/context.ts'
import { PageHead } from '../parts/page-head.tsx'
import { WorkGate } from '../parts/work-session.tsx'
import { Publisher } from './events/publisher.tsx'
import { SubscriberLog } from './events/subscriber-log.tsx'

export function EventsPage() {
  const { params } = useDashboard().navigation.place.value
  return (
    <>
      <PageHead title="Events" realms="one" />
      <WorkGate>
        {(session) => (
          <div class="work" key={session.id}>
            <Publisher session={session} topic={params['topic'] ?? ''} />
            <SubscriberLog session={session} topic={params['topic'] ?? ''} match={params['match'] ?? 'exact'} />
          </div>
        )}
      </WorkGate>
    </>
  )
}
