// Small pieces that all pages use: badges, notices, empty places, facts, buttons that copy.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

type Tone = 'plain' | 'good' | 'warn' | 'bad'

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge is-${tone}`}>{children}</span>
}

/** Says what went wrong, or what there is to know. */
export function Notice({ tone = 'bad', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return (
    <div class={`notice is-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {tone === 'bad' || tone === 'warn' ? <Icon name="warning" /> : null}
      <div>{children}</div>
    </div>
  )
}

/** In place of a list without entries: what there would be, and what brings it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name="empty" />
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  )
}

export interface Fact {
  readonly name: string
  readonly value: ComponentChildren
}

/** Names with their values. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A section with a title, and what belongs beside it. */
export function Card(props: {
  readonly title: string
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}) {
  const id = `card-${props.title.toLowerCase().replaceAll(/\W+/g, '-')}`
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.note === undefined ? null : <span class="quiet">{props.note}</span>}
        {props.actions === undefined ? null : <div class="actions">{props.actions}</div>}
      </div>
      {props.children}
    </section>
  )
}

/** The options of a choice among words. */
export function Options<Word extends string>(props: { readonly words: readonly Word[]; readonly textOf?: (word: Word) => string }) {
  return (
    <>
      {props.words.map((word) => (
        <option key={word} value={word}>
          {props.textOf?.(word) ?? word}
        </option>
      ))}
    </>
  )
}

/** Code with a button that copies it. */
export function Code({ title, text }: { readonly title: string; readonly text: string }) {
  const [label, setLabel] = useState('Copy')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setLabel('Copied')
    } catch {
      setLabel('Not allowed')
    }
    setTimeout(() => setLabel('Copy'), 1_500)
  }
  return (
    <figure class="code">
      <figcaption>
        <span>{title}</span>
        <button type="button" class="small" aria-label={`${label}: ${title}`} onClick={() => void copy()}>
          {label}
        </button>
      </figcaption>
      <pre tabIndex={0} aria-label={title}>
        <code>{text}</code>
      </pre>
    </figure>
  )
}
