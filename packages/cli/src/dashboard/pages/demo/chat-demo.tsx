// The demo of events: publishes the typed text, and shows each event of the topic.

import type { ReceivedEvent } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import { useEffect, useRef, useState } from 'preact/hooks'
import { timeOfDay } from '../../state/formats.ts'
import { source } from '../../state/snippets.ts'
import { wordsFor } from '../../state/words.ts'
import { DemoForm } from './demo-form.tsx'
import type { Outcome } from './outcome-line.tsx'
import type { Demo } from './use-demo.ts'
import { TOPIC } from './use-demo.ts'

const MOST_MESSAGES = 50
const FIRST: Outcome = { kind: 'none', text: 'Every subscriber gets the event: other pages and terminals too.' }

interface Message {
  readonly publication: number
  readonly at: Date
  readonly text: string
  readonly isOwn: boolean
}

export function ChatDemo({ demo }: { readonly demo: Demo }) {
  const { session, text, setText, realm } = demo
  const [outcome, setOutcome] = useState(FIRST)
  const [messages, setMessages] = useState<readonly Message[]>([])
  /** Publications of this page whose event has not arrived yet. */
  const own = useRef(new Set<number>())
  useEffect(() => setMessages([]), [realm])
  useEffect(() => {
    const receive = ({ args, publication }: ReceivedEvent): void => {
      const shown = args.length === 1 && typeof args[0] === 'string' ? args[0] : args.map(source).join(' ')
      const message = { publication, at: new Date(), text: shown, isOwn: own.current.delete(publication) }
      setMessages((before) => [message, ...before].slice(0, MOST_MESSAGES))
    }
    session?.subscribe(TOPIC, receive).catch((error: unknown) => {
      if (!(error instanceof DisconnectedError)) setOutcome({ kind: 'error', text: wordsFor(error) })
    })
  }, [session])
  const publish = async (): Promise<void> => {
    if (session === undefined) return
    try {
      const publication = await session.publish(TOPIC, [text], { acknowledge: true, excludeMe: false })
      own.current.add(publication)
      setOutcome({ kind: 'result', text: 'sent', note: `publication ${publication}` })
    } catch (error) {
      setOutcome({ kind: 'error', text: wordsFor(error) })
    }
  }
  return (
    <div class="demo-part">
      <h3>Publish an event</h3>
      <DemoForm id="chat" uri={TOPIC} action="Publish" isReady={session !== undefined} outcome={outcome} onSubmit={publish}>
        <input
          id="chat-text"
          type="text"
          value={text}
          aria-label="Message"
          autocomplete="off"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </DemoForm>
      {messages.length === 0 ? null : (
        <ol id="chat-messages" class="messages" aria-label="Messages" aria-live="polite" tabIndex={0}>
          {messages.map(({ publication, at, text: shown, isOwn }) => (
            <li key={publication}>
              <time dateTime={at.toISOString()}>{timeOfDay(at)}</time>
              <span>{shown}</span>
              <span class="from">{isOwn ? 'this page' : 'another client'}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
