// A part of the demo: what is called or published, the fields for it, and how it went.

import type { ComponentChildren } from 'preact'
import type { Outcome } from './outcome-line.tsx'
import { OutcomeLine } from './outcome-line.tsx'

interface DemoFormProps {
  /** Begins the ids of its parts. */
  readonly id: string
  readonly uri: string
  /** The words of the button. */
  readonly action: string
  readonly isReady: boolean
  readonly outcome: Outcome
  readonly onSubmit: () => Promise<void>
  readonly children: ComponentChildren
}

export function DemoForm({ id, uri, action, isReady, outcome, onSubmit, children }: DemoFormProps) {
  return (
    <>
      <form
        id={`${id}-form`}
        class="expression"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void onSubmit()
        }}
      >
        <code>{uri}</code>
        {children}
        <button type="submit" id={`${id}-button`} disabled={!isReady}>
          {action}
        </button>
      </form>
      <OutcomeLine id={`${id}-outcome`} outcome={outcome} />
    </>
  )
}
