// How what was clicked went, in a line that screen readers read.

export interface Outcome {
  readonly kind: 'result' | 'error' | 'none'
  readonly text: string
  readonly note?: string
}

export function OutcomeLine({ id, outcome }: { readonly id: string; readonly outcome: Outcome }) {
  return (
    <p class="outcome" id={id} role="status" data-kind={outcome.kind}>
      {outcome.kind === 'result' ? <strong>{outcome.text}</strong> : outcome.text}
      {outcome.note === undefined ? null : <span class="quiet"> {outcome.note}</span>}
    </p>
  )
}
