// Fields for the arguments of a procedure or topic, where the router knows a description of it. What is typed into them becomes the
// JSON below, which is what is sent.

import type { Session } from '@trunkline/client'
import { useEffect, useState } from 'preact/hooks'
import type { Described, DescribedField } from '../state/described.ts'
import { payloadOf, readDescription } from '../state/described.ts'
import { useAdmin } from './context.ts'
import type { PayloadText } from './payload-fields.tsx'
import { Options } from './small.tsx'

interface DescribedProps {
  readonly kind: 'procedure' | 'topic'
  readonly uri: string
  readonly session: Session
  readonly onChange: (text: PayloadText) => void
}

const PAUSE_MS = 200

export function DescribedFields({ kind, uri, session, onChange }: DescribedProps) {
  const described = useDescription(kind, uri, session)
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  useEffect(() => setTyped({}), [uri])
  if (described === undefined) return null
  const { fields, about } = described
  const change = (name: string, text: string): void => {
    const next = { ...typed, [name]: text }
    setTyped(next)
    onChange(payloadOf(fields, next))
  }
  return (
    <fieldset class="described">
      <legend>Described</legend>
      {about === '' ? null : <p class="quiet">{about}</p>}
      {fields.map((field) => (
        <label class="field" key={field.name}>
          <span>
            {field.name}{' '}
            <span class="quiet">{[field.isRequired ? '' : 'may be left out', field.about].filter((each) => each !== '').join(', ')}</span>
          </span>
          <Input field={field} value={typed[field.name] ?? ''} onInput={(text) => change(field.name, text)} />
        </label>
      ))}
    </fieldset>
  )
}

interface InputProps {
  readonly field: DescribedField
  readonly value: string
  readonly onInput: (text: string) => void
}

function Input({ field: { kind, choices }, value, onInput }: InputProps) {
  if (kind === 'choice' || kind === 'flag') {
    return (
      <select value={value} onChange={(event) => onInput(event.currentTarget.value)}>
        <option value="" />
        <Options words={kind === 'flag' ? ['true', 'false'] : choices} textOf={(each) => each.replace(/^"(.*)"$/, '$1')} />
      </select>
    )
  }
  const isJson = kind === 'json'
  const take = (event: { readonly currentTarget: HTMLInputElement }): void => onInput(event.currentTarget.value)
  if (kind === 'number') return <input type="number" step="any" value={value} onInput={take} />
  return <input type="text" class={isJson ? 'mono' : ''} placeholder={isJson ? 'JSON' : ''} value={value} onInput={take} />
}

/** By a contract that the router knows, or as a session has described it. */
function useDescription(kind: DescribedProps['kind'], uri: string, session: Session): Described | undefined {
  const api = useAdmin()
  const [described, setDescribed] = useState<Described | undefined>(undefined)
  useEffect(() => {
    setDescribed(undefined)
    if (uri === '') return
    let isCurrent = true
    const read = async (): Promise<void> => {
      const declared: unknown = await api?.view.contract(kind, uri, { realm: session.realm }).catch(() => undefined)
      const known = declared ?? (await descriptionOf(session, kind, uri))
      if (isCurrent) setDescribed(readDescription(known))
    }
    // Without a right to them there are none.
    const timer = setTimeout(() => void read().catch(() => undefined), PAUSE_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [kind, uri, session])
  return described
}

async function descriptionOf(session: Session, kind: DescribedProps['kind'], uri: string): Promise<unknown> {
  const answer: unknown = await session.call(`wamp.reflection.${kind}.describe`, [uri])
  return typeof answer === 'object' && answer !== null && 'description' in answer ? answer.description : undefined
}
