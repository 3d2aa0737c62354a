// The configuration in effect, its reload with a plan first, the level of the log, and the end of the router.

import { useEffect, useState } from 'preact/hooks'
import { LOG_LEVELS } from '../../leveled-log.ts'
import { AREAS, LOG_AREAS } from '../../log-areas.ts'
import { counted, whole } from '../state/formats.ts'
import { isError, wordsFor } from '../state/words.ts'
import { useAdmin, useDashboard } from '../parts/context.ts'
import type { Question } from '../parts/confirm.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Card, Empty, Notice, Options } from '../parts/small.tsx'

export function ConfigurationPage() {
  return (
    <>
      <PageHead title="Configuration" />
      <div class="work is-wide-first">
        <Effective />
        <div class="column">
          <Reload />
          <LogLevels />
          <Drain />
        </div>
      </div>
    </>
  )
}

interface Shown {
  readonly file: string
  readonly configuration: unknown
  readonly left_out: readonly string[]
}

function Effective() {
  const api = useAdmin()
  const { admin, watch } = useDashboard()
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  const [fault, setFault] = useState<unknown>(undefined)
  useEffect(() => {
    api?.view.configuration().then(
      (found) => {
        setShown(found)
        setFault(undefined)
      },
      (error: unknown) => setFault(error),
    )
  }, [admin.session, watch.changes.value])
  return (
    <Card title="In effect" note={shown?.file}>
      {fault === undefined ? null : isError(fault, 'trunkline.error.no_configuration') ? (
        <Empty title="No configuration file.">
          This router runs for development. <code>trunkline init</code> writes a file, <code>trunkline start</code> runs it.
        </Empty>
      ) : (
        <Notice>{wordsFor(fault)}</Notice>
      )}
      {shown === undefined || fault !== undefined ? null : (
        <>
          <p class="quiet">With every default, without secrets.</p>
          {shown.left_out.length === 0 ? null : (
            <Notice tone="warn">Of these only the first 200 entries are shown: {shown.left_out.join(', ')}</Notice>
          )}
          <div class="json-tree is-tall" tabIndex={0} role="region" aria-label="Configuration">
            <JsonView value={shown.configuration} open={2} />
          </div>
        </>
      )}
    </Card>
  )
}

interface Done {
  readonly changes: readonly string[]
  readonly need_restart: readonly string[]
  readonly sessions_ended: number
  readonly revoked: number
}

/** Reads the file: first what would change, then, confirmed, the change. */
function Reload() {
  const api = useAdmin()
  const [plan, setPlan] = useState<readonly string[] | undefined>(undefined)
  const [done, setDone] = useState<Done | undefined>(undefined)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const [question, ask] = useState<Question | undefined>(undefined)
  const look = async (): Promise<void> => {
    setDone(undefined)
    setFault(undefined)
    try {
      setPlan((await api?.reload({ dry_run: true }))?.changes)
    } catch (error) {
      setPlan(undefined)
      setFault(wordsFor(error))
    }
  }
  const apply = async (): Promise<void> => {
    setDone(await api?.reload({}))
    setPlan(undefined)
  }
  const text = <Changes changes={plan ?? []} />
  return (
    <Card title="Reload">
      <p class="quiet">Reads the file again. Sessions that the new configuration admits stay open.</p>
      <div class="form-actions">
        <button type="button" class="plain" onClick={() => void look()}>
          What would change?
        </button>
        <button
          type="button"
          disabled={plan === undefined || plan.length === 0}
          onClick={() => ask({ title: 'Apply these changes?', text, action: 'Reload', run: apply })}
        >
          Reload …
        </button>
      </div>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      {plan === undefined ? null : plan.length === 0 ? <p role="status">Nothing would change.</p> : <Changes changes={plan} />}
      {done === undefined ? null : <Outcome done={done} />}
      {question === undefined ? null : <Confirm question={question} onClose={() => ask(undefined)} />}
    </Card>
  )
}

function Changes({ changes }: { readonly changes: readonly string[] }) {
  return (
    <ul class="plan" aria-label="Changes">
      {changes.map((change) => (
        <li key={change}>{change}</li>
      ))}
    </ul>
  )
}

function Outcome({ done }: { readonly done: Done }) {
  return (
    <Notice tone="good">
      <p>
        Reloaded: {counted(done.changes.length, 'change')}, {counted(done.sessions_ended, 'session')} ended, {whole(done.revoked)}{' '}
        subscriptions and registrations revoked.
      </p>
      {done.need_restart.length === 0 ? null : <p>Only a restart changes: {done.need_restart.join(', ')}</p>}
    </Notice>
  )
}

type Level = (typeof LOG_LEVELS)[number]

/** The level of all areas, and of those that have one of their own. */
function LogLevels() {
  const api = useAdmin()
  const status = useDashboard().watch.status.value
  const [fault, setFault] = useState<string | undefined>(undefined)
  const areas: Readonly<Record<string, Level>> = status?.log_areas ?? {}
  const change = (level: string, area?: (typeof AREAS)[number]): void => {
    const chosen = LOG_LEVELS.find((each) => each === level) ?? 'default'
    void api?.setLogLevel(chosen, area === undefined ? {} : { area }).then(
      () => setFault(undefined),
      (error: unknown) => setFault(wordsFor(error)),
    )
  }
  return (
    <Card title="Log" note="until the router stops">
      <LevelField label="All areas" about="" level={status?.log_level} own={false} onChange={(level) => change(level)} />
      <details class="as-code">
        <summary>By area{Object.keys(areas).length === 0 ? '' : `: ${Object.keys(areas).join(', ')}`}</summary>
        <div class="form">
          {AREAS.map((area) => (
            <LevelField key={area} label={area} about={LOG_AREAS[area]} level={areas[area]} own onChange={(level) => change(level, area)} />
          ))}
        </div>
      </details>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
    </Card>
  )
}

interface LevelProps {
  readonly label: string
  readonly about: string
  readonly level: Level | undefined
  /** Whether it may have none, as areas do. */
  readonly own: boolean
  readonly onChange: (level: string) => void
}

function LevelField({ label, about, level, own, onChange }: LevelProps) {
  return (
    <label class="level-field" title={about}>
      <span>{label}</span>
      <select value={level ?? ''} onChange={(event) => onChange(event.currentTarget.value)}>
        {own ? <option value="">as all</option> : null}
        <Options words={LOG_LEVELS} />
      </select>
    </label>
  )
}

function Drain() {
  const api = useAdmin()
  const [question, ask] = useState<Question | undefined>(undefined)
  const run = async (): Promise<void> => {
    await api?.drain()
  }
  const text = (
    <p>
      The router accepts no more connections and calls. Each session gets GOODBYE as soon as it has no open calls, then the process ends.
      Only its supervisor starts it again.
    </p>
  )
  return (
    <Card title="Drain">
      <p class="quiet">Stops the router without losing open calls.</p>
      <div class="form-actions">
        <button type="button" class="danger" onClick={() => ask({ title: 'Stop this router?', text, action: 'Drain', word: 'drain', run })}>
          Drain …
        </button>
      </div>
      {question === undefined ? null : <Confirm question={question} onClose={() => ask(undefined)} />}
    </Card>
  )
}
