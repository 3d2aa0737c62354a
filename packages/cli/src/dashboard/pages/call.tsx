// Calls any procedure with JSON, shows progress, result and time, and the calls before.

import type { CallResult, Session } from '@trunkline/client'
import { useRef, useState } from 'preact/hooks'
import { milliseconds, timeOfDay } from '../state/formats.ts'
import { inALine, readPayload } from '../state/payload.ts'
import { commandLine, program, source } from '../state/snippets.ts'
import { wordsFor } from '../state/words.ts'
import { useDashboard } from '../parts/context.ts'
import { DescribedFields } from '../parts/described-fields.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import type { PayloadText } from '../parts/payload-fields.tsx'
import { PayloadFields } from '../parts/payload-fields.tsx'
import { Badge, Card, Code, Empty, Notice } from '../parts/small.tsx'
import { UriField } from '../parts/uri-field.tsx'
import { WorkGate } from '../parts/work-session.tsx'

export function CallPage() {
  return (
    <>
      <PageHead title="Call" realms="one" />
      <WorkGate>{(session) => <Caller key={session.realm} session={session} />}</WorkGate>
    </>
  )
}

interface Answer {
  readonly number: number
  readonly at: Date
  readonly procedure: string
  readonly payload: string
  readonly ms: number
  readonly result?: CallResult
  readonly fault?: string
}

const MOST_ANSWERS = 20
const EMPTY: PayloadText = { args: '', kwargs: '' }

function Caller({ session }: { readonly session: Session }) {
  const { navigation } = useDashboard()
  const { procedure = '' } = navigation.place.value.params
  const [text, setText] = useState(EMPTY)
  const { answers, progress, isOpen, call, cancel } = useCalls(session)
  const read = readPayload(text.args, text.kwargs)
  const send = (): void => {
    if ('args' in read) void call(procedure, read.args, read.kwargs)
  }
  return (
    <div class="work">
      <Card title="Request" note={session.realm}>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          <UriField
            label="Procedure"
            kind="procedures"
            realm={session.realm}
            value={procedure}
            onInput={(uri) => navigation.change({ procedure: uri })}
          />
          <DescribedFields kind="procedure" uri={procedure} session={session} onChange={setText} />
          <PayloadFields text={text} read={read} onChange={setText} />
          <div class="form-actions">
            <button type="submit" disabled={isOpen || procedure === '' || 'fault' in read}>
              Call
            </button>
            {isOpen ? (
              <button type="button" class="plain" onClick={cancel}>
                Cancel
              </button>
            ) : null}
          </div>
        </form>
        <CallCode session={session} procedure={procedure} text={text} />
      </Card>
      <div class="work-answers">
        {progress === undefined ? null : (
          <Card title="Progress" note="so far">
            <ResultView result={progress} />
          </Card>
        )}
        <Answers answers={answers} />
      </div>
    </div>
  )
}

/** The calls of this page in a session. */
function useCalls(session: Session) {
  const [answers, setAnswers] = useState<readonly Answer[]>([])
  const [progress, setProgress] = useState<CallResult | undefined>(undefined)
  const [isOpen, setOpen] = useState(false)
  const abort = useRef<AbortController | undefined>(undefined)
  const call = async (procedure: string, args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): Promise<void> => {
    abort.current = new AbortController()
    const { signal } = abort.current
    setOpen(true)
    const begun = performance.now()
    const outcome = await session
      .callResult(procedure, args, { kwargs, signal, onProgress: setProgress })
      .then((result) => ({ result }))
      .catch((error: unknown) => ({ fault: signal.aborted ? 'Cancelled.' : wordsFor(error) }))
    const answer = { at: new Date(), procedure, payload: inALine(args, kwargs), ms: performance.now() - begun, ...outcome }
    setAnswers((before) => [{ ...answer, number: (before[0]?.number ?? 0) + 1 }, ...before].slice(0, MOST_ANSWERS))
    setProgress(undefined)
    setOpen(false)
  }
  return { answers, progress, isOpen, call, cancel: () => abort.current?.abort() }
}

function Answers({ answers }: { readonly answers: readonly Answer[] }) {
  const [newest, ...older] = answers
  if (newest === undefined) return <Empty title="No call yet.">The answer appears here, with the time that it took.</Empty>
  return (
    <>
      <AnswerCard title="Answer" answer={newest} />
      {older.length === 0 ? null : (
        <Card title="Earlier answers">
          {older.map((answer) => (
            <details class="earlier" key={answer.number}>
              <summary>
                <span class="figure quiet">{timeOfDay(answer.at)}</span> <span class="uri">{answer.procedure}</span>{' '}
                <Badge tone={answer.fault === undefined ? 'good' : 'bad'}>{milliseconds(answer.ms)}</Badge>
              </summary>
              <AnswerView answer={answer} />
            </details>
          ))}
        </Card>
      )}
    </>
  )
}

function AnswerCard({ title, answer }: { readonly title: string; readonly answer: Answer }) {
  const tone = answer.fault === undefined ? 'good' : 'bad'
  return (
    <Card title={title} actions={<Badge tone={tone}>{milliseconds(answer.ms)}</Badge>}>
      <div role="status">
        <AnswerView answer={answer} />
      </div>
    </Card>
  )
}

function AnswerView({ answer: { procedure, payload, result, fault } }: { readonly answer: Answer }) {
  return (
    <>
      <p class="quiet uri">
        {procedure} {payload}
      </p>
      {fault === undefined ? null : <Notice>{fault}</Notice>}
      {result === undefined ? null : <ResultView result={result} />}
    </>
  )
}

function ResultView({ result: { args, kwargs } }: { readonly result: CallResult }) {
  const names = Object.keys(kwargs)
  if (args.length === 0 && names.length === 0) return <p class="quiet">An empty result.</p>
  return (
    <div class="json-tree">
      {args.map((value, i) => (
        <JsonView key={i} value={value} name={args.length === 1 ? undefined : String(i)} />
      ))}
      {names.map((name) => (
        <JsonView key={name} name={name} value={kwargs[name]} />
      ))}
    </div>
  )
}

function CallCode({ session, procedure, text }: { readonly session: Session; readonly procedure: string; readonly text: PayloadText }) {
  const dashboard = useDashboard()
  const read = readPayload(text.args, text.kwargs)
  if (procedure === '' || 'fault' in read) return null
  const context = dashboard.snippetContext(session.realm)
  const names = Object.entries(read.kwargs)
  const options = names.length === 0 ? '' : `, { kwargs: ${JSON.stringify(read.kwargs)} }`
  const body = [
    `const value = await client.call(${source(procedure)}, ${JSON.stringify(read.args)}${options})`,
    'console.log(value)',
    'await client.stop()',
  ]
  const line = commandLine(context, ['call', procedure], read.args)
  return (
    <details class="as-code">
      <summary>As code</summary>
      <div class="snippets">
        <Code title="JavaScript" text={program(context, body)} />
        {names.length === 0 ? <Code title="Terminal" text={line} /> : null}
      </div>
    </details>
  )
}
