// The demo: a call with its way to the callee and back, and an event that every subscriber gets.

import { useState } from 'preact/hooks'
import { ApplicationError } from '@trunkline/client'
import { milliseconds } from '../../state/formats.ts'
import { source } from '../../state/snippets.ts'
import { wordsFor } from '../../state/words.ts'
import { Card } from '../../parts/small.tsx'
import { ChatDemo } from './chat-demo.tsx'
import { DemoForm } from './demo-form.tsx'
import type { Outcome } from './outcome-line.tsx'
import type { Demo } from './use-demo.ts'
import { numbersOf, PROCEDURE } from './use-demo.ts'

export function DemoCard({ demo }: { readonly demo: Demo }) {
  return (
    <Card title="Try it" class="demo" note="Each client on this machine may call, register, publish and subscribe.">
      <div class="demo-parts">
        <CallDemo demo={demo} />
        <ChatDemo demo={demo} />
      </div>
    </Card>
  )
}

const FIRST: Outcome = { kind: 'none', text: 'The answer appears here.' }

function CallDemo({ demo }: { readonly demo: Demo }) {
  const { session, numbers, setNumbers } = demo
  const [outcome, setOutcome] = useState(FIRST)
  const [way, setWay] = useState({ kind: '', count: 0 })
  const animate = (kind: string): void => setWay(({ count }) => ({ kind, count: count + 1 }))
  const call = async (): Promise<void> => {
    const values = numbersOf(demo)
    if (session === undefined) return
    if (values === undefined) return setOutcome({ kind: 'error', text: 'Enter two numbers.' })
    const begun = performance.now()
    try {
      const value = await session.call(PROCEDURE, values)
      animate('is-calling')
      setOutcome({ kind: 'result', text: source(value), note: `answered in ${milliseconds(performance.now() - begun)}` })
    } catch (error) {
      if (error instanceof ApplicationError) animate('is-refused')
      setOutcome({ kind: 'error', text: wordsFor(error) })
    }
  }
  return (
    <div class="demo-part">
      <h3>Call a procedure</h3>
      <DemoForm id="call" uri={PROCEDURE} action="Call" isReady={session !== undefined} outcome={outcome} onSubmit={call}>
        <NumberField id="call-a" label="First number" value={numbers[0]} onInput={(text) => setNumbers([text, numbers[1]])} />
        <NumberField id="call-b" label="Second number" value={numbers[1]} onInput={(text) => setNumbers([numbers[0], text])} />
      </DemoForm>
      <Way key={way.count} kind={way.kind} />
    </div>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly onInput: (text: string) => void
}

function NumberField({ id, label, value, onInput }: FieldProps) {
  return <input id={id} type="number" step="any" value={value} aria-label={label} onInput={(event) => onInput(event.currentTarget.value)} />
}

/** The way of the call, drawn; what happened is said above. */
function Way({ kind }: { readonly kind: string }) {
  return (
    <div class={`wire ${kind}`} aria-hidden="true">
      <span class="stop">
        this page<small>caller</small>
      </span>
      <span class="line" />
      <span class="stop hub">
        router<small>dealer</small>
      </span>
      <span class="line" />
      <span class="stop">
        add<small>callee</small>
      </span>
    </div>
  )
}
