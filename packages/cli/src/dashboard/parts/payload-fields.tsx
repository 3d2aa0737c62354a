// The arguments of a request as JSON: a list and a dict, with what is wrong below the field that it is about.

import { useId } from 'preact/hooks'
import type { ReadPayload } from '../state/payload.ts'

export interface PayloadText {
  readonly args: string
  readonly kwargs: string
}

interface FieldsProps {
  readonly text: PayloadText
  readonly read: ReadPayload
  readonly onChange: (text: PayloadText) => void
}

export function PayloadFields({ text, read, onChange }: FieldsProps) {
  const fault = 'fault' in read ? read : undefined
  return (
    <>
      <JsonField
        label="Arguments"
        hint="a list of JSON"
        placeholder="[2, 3]"
        value={text.args}
        fault={fault?.field === 'args' ? fault.fault : undefined}
        onInput={(args) => onChange({ ...text, args })}
      />
      <JsonField
        label="Keyword arguments"
        hint="a dict of JSON"
        placeholder={'{ "unit": "s" }'}
        value={text.kwargs}
        fault={fault?.field === 'kwargs' ? fault.fault : undefined}
        onInput={(kwargs) => onChange({ ...text, kwargs })}
      />
    </>
  )
}

interface JsonFieldProps {
  readonly label: string
  readonly hint: string
  readonly placeholder: string
  readonly value: string
  readonly fault: string | undefined
  readonly onInput: (text: string) => void
}

function JsonField({ label, hint, placeholder, value, fault, onInput }: JsonFieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>
        {label} <span class="quiet">{hint}</span>
      </label>
      <textarea
        id={id}
        class="mono"
        rows={Math.min(10, Math.max(2, value.split('\n').length))}
        value={value}
        placeholder={placeholder}
        spellcheck={false}
        autocapitalize="off"
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span id={`${id}-fault`} class="field-fault">
        {fault ?? ''}
      </span>
    </div>
  )
}
