// Asks before something is done that cannot be taken back, and shows how it went.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { wordsFor } from '../state/words.ts'
import { Notice } from './small.tsx'

export interface Question {
  readonly title: string
  readonly text: ComponentChildren
  /** The words of the button that does it. */
  readonly action: string
  /** A word to type first, for what ends everything. */
  readonly word?: string
  readonly run: () => Promise<void>
}

export function Confirm({ question, onClose }: { readonly question: Question; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [isRunning, setRunning] = useState(false)
  const [fault, setFault] = useState<string | undefined>(undefined)
  useEffect(() => dialog.current?.showModal(), [])
  const run = async (): Promise<void> => {
    setRunning(true)
    setFault(undefined)
    try {
      await question.run()
      onClose()
    } catch (error) {
      setFault(wordsFor(error))
      setRunning(false)
    }
  }
  const { word } = question
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="confirm-title">
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <h2 id="confirm-title">{question.title}</h2>
        <div class="dialog-text">{question.text}</div>
        {word === undefined ? null : (
          <label class="field">
            <span>
              Type <code>{word}</code> to confirm
            </span>
            <input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} autocomplete="off" spellcheck={false} />
          </label>
        )}
        {fault === undefined ? null : <Notice>{fault}</Notice>}
        <div class="dialog-actions">
          <button type="button" class="plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={isRunning || (word !== undefined && typed !== word)}>
            {question.action}
          </button>
        </div>
      </form>
    </dialog>
  )
}
