// Live traffic: who does what at this moment, by filters that are kept in the address, with payload for those with a right to it.

import { useEffect, useRef, useState } from 'preact/hooks'
import { TRAFFIC_KINDS } from '../../admin/traffic-kinds.ts'
import type { TrafficLine } from '../state/admin.ts'
import { milliseconds, octets, timeOfDay, uriText, whole } from '../state/formats.ts'
import type { Numbered } from '../state/kept-events.ts'
import { kindsIn, trafficWish, withKind } from '../state/traffic.ts'
import { useDashboard } from '../parts/context.ts'
import { JsonView } from '../parts/json-view.tsx'
import { LogList } from '../parts/log-list.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Badge, Empty, Notice } from '../parts/small.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import type { Log } from '../parts/use-log.ts'
import { useLog } from '../parts/use-log.ts'
import { useStream } from '../parts/use-stream.ts'

export function TrafficPage() {
  const { navigation } = useDashboard()
  const { params } = navigation.place.value
  const [isPaused, setPaused] = useState(false)
  const wish = trafficWish(params)
  const filter = JSON.stringify([wish, params['payload']])
  const log = useLog<TrafficLine>(filter, isPaused)
  const skipped = useRef(0)
  useEffect(() => {
    skipped.current = 0
  }, [filter])
  const fault = useStream(isPaused ? undefined : filter, {
    open: (api, options) => (params['payload'] === undefined ? api.view.tail : api.traffic.payload).stream(wish, options),
    take: (part) => {
      skipped.current += part.skipped
      part.lines.forEach(log.take)
    },
  })
  return (
    <>
      <PageHead title="Traffic" realms="all">
        <button type="button" class="plain" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
      </PageHead>
      <Filters />
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      <Lines log={log} skipped={skipped.current} isPaused={isPaused} />
    </>
  )
}

function Filters() {
  const { navigation } = useDashboard()
  const { params } = navigation.place.value
  const chosen = kindsIn(params['kinds'])
  const check = (name: string, label: string) => (
    <label class="check">
      <input
        type="checkbox"
        checked={params[name] !== undefined}
        onChange={(event) => navigation.change({ [name]: event.currentTarget.checked ? 'yes' : '' })}
      />
      {label}
    </label>
  )
  return (
    <>
      <div class="filters">
        <TextFilter name="uri" label="URI or prefix." />
        <TextFilter name="authid" label="User" />
        <TextFilter name="least_ms" label="At least ms" kind="number" />
        {check('failed', 'Failed only')}
        {check('payload', 'With payload')}
      </div>
      {params['session'] === undefined ? null : (
        <ul class="chips" aria-label="Only this session">
          <li>
            session <span class="figure">{params['session']}</span>
            <button type="button" class="chip-close" aria-label="All sessions" onClick={() => navigation.change({ session: '' })}>
              ×
            </button>
          </li>
        </ul>
      )}
      <div class="filters" role="group" aria-label="Kinds">
        {TRAFFIC_KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            class="toggle"
            aria-pressed={chosen.includes(kind)}
            onClick={() => navigation.change({ kinds: withKind(params['kinds'], kind) })}
          >
            {kind}
          </button>
        ))}
      </div>
    </>
  )
}

interface LinesProps {
  readonly log: Log<TrafficLine>
  readonly skipped: number
  readonly isPaused: boolean
}

function Lines({ log: { shown, taken }, skipped, isPaused }: LinesProps) {
  if (shown.length === 0) {
    return (
      <Empty title={isPaused ? 'Paused.' : 'Waiting for traffic …'}>
        Calls, publications, registrations, subscriptions, joins and leaves appear here as they happen.
      </Empty>
    )
  }
  return (
    <section class="card log-card" aria-label="Traffic">
      <p class="quiet" role="status">
        {whole(taken)} lines{taken > shown.length ? `, the newest ${shown.length} shown` : ''}
        {skipped > 0 ? `; ${whole(skipped)} more were skipped: choose fewer by the filters` : ''}
      </p>
      <LogList label="Lines" lines={shown} summary={summaryOf} details={(line) => <LineDetails line={line} />} />
    </section>
  )
}

const GOOD = ['done', 'result']

function summaryOf(line: TrafficLine) {
  const { kind, uri, from, to, outcome, milliseconds: ms, deliveries, octets: size } = line
  const notes = [
    ms === null ? '' : milliseconds(ms),
    deliveries === null ? '' : `${whole(deliveries)} events`,
    size === null ? '' : octets(size),
  ].filter((text) => text !== '')
  return (
    <>
      <time class="figure quiet" dateTime={line.time}>
        {timeOfDay(new Date(line.time))}
      </time>
      <span class={`kind is-${kind}`}>{kind}</span>
      <span class="line-text">
        {from.authid} {uri === null ? null : <span class="uri">{uriText(uri)}</span>} {to === null ? '' : `→ ${to.authid}`}
      </span>
      <span class="line-notes quiet figure">{notes.join(' · ')}</span>
      {GOOD.includes(outcome) ? null : <Badge tone="bad">{outcome}</Badge>}
    </>
  )
}

function LineDetails({ line }: { readonly line: TrafficLine & Numbered }) {
  const { navigation } = useDashboard()
  const { number: _number, payload, ...facts } = line
  return (
    <>
      {payload === null ? null : <JsonView name="payload" value={payload} open={3} />}
      <JsonView name="details" value={facts} open={1} />
      <p class="line-links">
        <a href={navigation.to('session', { realm: line.realm, id: String(line.from.session) })}>Session {line.from.session}</a>
        {line.kind === 'call' && line.uri !== null ? (
          <a href={navigation.to('call', { realm: line.realm, procedure: line.uri })}>Call it</a>
        ) : null}
      </p>
    </>
  )
}
