// Subscriptions of this page, and their events as they come: newest first, bounded, shown a few times a second however many come.

import type { ReceivedEvent, Session, Subscription } from '@trunkline/client'
import { MATCH_POLICIES } from '@trunkline/protocol'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { timeOfDay, whole } from '../../state/formats.ts'
import { inALine } from '../../state/payload.ts'
import { wordsFor } from '../../state/words.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { LogList } from '../../parts/log-list.tsx'
import { Badge, Card, Empty, Notice, Options } from '../../parts/small.tsx'
import { UriField } from '../../parts/uri-field.tsx'
import type { Log } from '../../parts/use-log.ts'
import { useLog } from '../../parts/use-log.ts'

interface LoggedEvent extends Pick<ReceivedEvent, 'args' | 'kwargs' | 'details' | 'topic' | 'publication'> {
  readonly at: Date
}

interface LogProps {
  readonly session: Session
  readonly topic: string
  readonly match: string
}

export function SubscriberLog({ session, topic: firstTopic, match: firstMatch }: LogProps) {
  const [topic, setTopic] = useState(firstTopic)
  const [match, setMatch] = useState(MATCH_POLICIES.find((each) => each === firstMatch) ?? 'exact')
  const [subscriptions, setSubscriptions] = useState<readonly Subscription[]>([])
  const [fault, setFault] = useState<string | undefined>(undefined)
  const [isPaused, setPaused] = useState(false)
  const log = useLog<LoggedEvent>('', isPaused)
  const take = ({ args, kwargs, details, topic: of, publication }: ReceivedEvent): void =>
    log.take({ args, kwargs, details, topic: of, publication, at: new Date() })
  const subscribe = async (uri: string): Promise<void> => {
    if (subscriptions.some((each) => each.topic === uri && each.match === match)) return
    try {
      const made = await session.subscribe(uri, take, { match })
      setSubscriptions((before) => [...before, made])
      setFault(undefined)
    } catch (error) {
      setFault(wordsFor(error))
    }
  }
  const unsubscribe = (subscription: Subscription): void => {
    setSubscriptions((before) => before.filter((each) => each !== subscription))
    subscription.unsubscribe().catch((error: unknown) => setFault(wordsFor(error)))
  }
  useEffect(() => {
    if (firstTopic !== '') void subscribe(firstTopic)
  }, [])
  return (
    <Card title="Subscribe" note={session.realm} class="log-card">
      <form
        class="form is-row"
        onSubmit={(event) => {
          event.preventDefault()
          void subscribe(topic)
        }}
      >
        <UriField label="Topic or pattern" kind="topics" realm={session.realm} value={topic} onInput={setTopic} />
        <label class="field">
          <span>Match</span>
          <select
            value={match}
            onChange={(event) => setMatch(MATCH_POLICIES.find((each) => each === event.currentTarget.value) ?? 'exact')}
          >
            <Options words={MATCH_POLICIES} />
          </select>
        </label>
        <button type="submit" disabled={topic === '' && match === 'exact'}>
          Subscribe
        </button>
      </form>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      <ul class="chips" aria-label="Subscriptions">
        {subscriptions.map((each) => (
          <li key={`${each.match} ${each.topic}`}>
            <span class="uri">{each.topic}</span> {each.match === 'exact' ? null : <Badge>{each.match}</Badge>}
            <button type="button" class="chip-close" aria-label={`Unsubscribe ${each.topic}`} onClick={() => unsubscribe(each)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      <LogView log={log} isEmpty={subscriptions.length === 0}>
        <button type="button" class="small" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
      </LogView>
    </Card>
  )
}

interface ViewProps {
  readonly log: Log<LoggedEvent>
  readonly isEmpty: boolean
  /** What can be done with the log. */
  readonly children: ComponentChildren
}

function LogView({ log: { shown, taken, clear }, isEmpty, children }: ViewProps) {
  if (shown.length === 0) {
    return (
      <Empty title={isEmpty ? 'No subscription yet.' : 'No event yet.'}>
        {isEmpty ? 'Subscribe to a topic, or to all topics below a prefix.' : 'Events appear here as they come.'}
      </Empty>
    )
  }
  return (
    <>
      <div class="log-head">
        <span class="quiet" role="status">
          {whole(taken)} events{taken > shown.length ? `, the newest ${shown.length} shown` : ''}
        </span>
        {children}
        <button type="button" class="small" onClick={clear}>
          Clear
        </button>
      </div>
      <LogList label="Events" lines={shown} summary={summaryOf} details={detailsOf} />
    </>
  )
}

function summaryOf({ at, topic, args, kwargs }: LoggedEvent) {
  return (
    <>
      <time class="figure quiet" dateTime={at.toISOString()}>
        {timeOfDay(at)}
      </time>
      <span class="uri log-topic">{topic}</span>
      <span class="log-text">{inALine(args, kwargs)}</span>
    </>
  )
}

function detailsOf({ args, kwargs, publication, details }: LoggedEvent) {
  return <JsonView value={{ args, kwargs, publication, details }} open={3} />
}
