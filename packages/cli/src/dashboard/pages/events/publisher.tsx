// Publishes an event with JSON, and says what became of it.

import type { Session } from '@trunkline/client'
import { useState } from 'preact/hooks'
import { readPayload } from '../../state/payload.ts'
import { wordsFor } from '../../state/words.ts'
import { DescribedFields } from '../../parts/described-fields.tsx'
import type { PayloadText } from '../../parts/payload-fields.tsx'
import { PayloadFields } from '../../parts/payload-fields.tsx'
import { Card, Notice } from '../../parts/small.tsx'
import { UriField } from '../../parts/uri-field.tsx'

const EMPTY: PayloadText = { args: '', kwargs: '' }

type Sent = { readonly publication: number } | { readonly fault: string }

export function Publisher({ session, topic: firstTopic }: { readonly session: Session; readonly topic: string }) {
  const [topic, setTopic] = useState(firstTopic)
  const [text, setText] = useState(EMPTY)
  const [toMe, setToMe] = useState(true)
  const [sent, setSent] = useState<Sent | undefined>(undefined)
  const read = readPayload(text.args, text.kwargs)
  const publish = async (): Promise<void> => {
    if ('fault' in read) return
    try {
      const options = { kwargs: read.kwargs, acknowledge: true, excludeMe: !toMe } as const
      setSent({ publication: await session.publish(topic, read.args, options) })
    } catch (error) {
      setSent({ fault: wordsFor(error) })
    }
  }
  return (
    <Card title="Publish" note={session.realm}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void publish()
        }}
      >
        <UriField label="Topic" kind="topics" realm={session.realm} value={topic} onInput={setTopic} />
        <DescribedFields kind="topic" uri={topic} session={session} onChange={setText} />
        <PayloadFields text={text} read={read} onChange={setText} />
        <label class="check">
          <input type="checkbox" checked={toMe} onChange={(event) => setToMe(event.currentTarget.checked)} />
          This page gets it too
        </label>
        <div class="form-actions">
          <button type="submit" disabled={topic === '' || 'fault' in read}>
            Publish
          </button>
        </div>
      </form>
      {sent === undefined ? null : 'fault' in sent ? (
        <Notice>{sent.fault}</Notice>
      ) : (
        <p class="quiet" role="status">
          Sent: publication <span class="figure">{sent.publication}</span>
        </p>
      )}
    </Card>
  )
}
