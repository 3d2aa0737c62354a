// The page: shows the list and the notices, changes the list, and says whether what it shows is fresh.

import { type FormEvent, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { ApplicationError, createClient, DisconnectedError } from '@trunkline/client'
import { useCall, useConnection, useLatest, useTopic } from '@trunkline/client/react'
import { full, noSuchItem, todo } from '../todo.contract.ts'

const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'todo', backoff: { maxMs: 2000 } })
// A call waits for a service that is restarted, and is repeated when the connection was lost before the answer.
const api = client.use(todo, { waitForCallee: 10_000, retry: true, timeout: 10_000 })

/** What failures mean to the user. */
const FAULTS: Readonly<Record<string, string>> = {
  [full.uri]: 'the list is full',
  [noSuchItem.uri]: 'the item is not there any more',
  'wamp.error.no_such_procedure': 'the list is away',
}
function inWords(error: unknown): string {
  if (error instanceof DisconnectedError) return 'there is no connection'
  return (error instanceof ApplicationError && FAULTS[error.uri]) || String(error)
}

function Connection() {
  const { status } = useConnection(client)
  if (status === 'connected') return <span className="fresh">Connected</span>
  return <span className="fault">No connection. The list may be old.</span>
}

/** Makes a change of the list, and calls `then` when it is saved. */
type Save = (change: () => Promise<unknown>, then?: () => void) => void

function NewItem({ save, isSaving }: { save: Save; isSaving: boolean }) {
  // A draft that could not be saved keeps its id: if the list has it all the same, it is not added twice.
  const [{ id, text }, setDraft] = useState(emptyDraft)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save(
      () => api.list.add(text, { id }),
      () => setDraft(emptyDraft),
    )
  }
  const edit = (text: string) => setDraft({ id, text })
  return (
    <form onSubmit={submit}>
      <input aria-label="New item" required maxLength={200} readOnly={isSaving} value={text} onChange={(e) => edit(e.target.value)} />
      <button disabled={isSaving}>{isSaving ? 'Saving …' : 'Add'}</button>
    </form>
  )
}
const emptyDraft = () => ({ id: crypto.randomUUID() as string, text: '' })

function List({ save }: { save: Save }) {
  const { data: items = [], status, error, refetch } = useCall(api.list.all)
  // The retained event comes in each new session, so that the page asks for what it missed.
  useTopic(api.list.changed, refetch, { getRetained: true })
  return (
    <ul className="items">
      {status === 'error' && <li className="fault">This may be old: {inWords(error)}.</li>}
      {items.map(({ id, text, isDone }) => (
        <li key={id}>
          <input type="checkbox" aria-label={text} checked={isDone} onChange={() => save(() => api.list.mark(id, { isDone: !isDone }))} />
          <span className={isDone ? 'done' : ''}>{text}</span>
          <button onClick={() => save(() => api.list.remove(id))}>Remove</button>
        </li>
      ))}
    </ul>
  )
}

function App() {
  const [{ isSaving, fault }, setState] = useState({ isSaving: false, fault: '' })
  const save: Save = (change, then) => {
    const end = (fault: string) => setState({ isSaving: false, fault })
    setState({ isSaving: true, fault: '' })
    change()
      .then(then)
      .then(() => end(''))
      .catch((error: unknown) => end(`Not saved: ${inWords(error)}.`))
  }
  const notices = useLatest(api.notices.latest) ?? []
  return (
    <main>
      <header>
        <h1>Todo</h1>
        <Connection />
      </header>
      <NewItem save={save} isSaving={isSaving} />
      <p className="fault" role="alert">
        {fault}
      </p>
      <List save={save} />
      <h2>What happened</h2>
      <ul className="notices">
        {notices.map(({ number, text }) => (
          <li key={number}>{text}</li>
        ))}
      </ul>
    </main>
  )
}

createRoot(document.querySelector('#app') as Element).render(<App />)
