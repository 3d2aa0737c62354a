// The service that says in words what happened to the list. What happened while it was away it says when it is back.

import { connectService, Stored } from './service.ts'
import { type Change, type Notice, todo } from './todo.contract.ts'

const SHOWN = 5
const WORDS = { added: 'was added', done: 'is done', open: 'is open again', removed: 'was removed' } as const

/** The number of the latest change that it has seen, and what it said of the latest ones. */
const state = new Stored<{ seen: number; latest: Notice[] }>('notices.json', { seen: 0, latest: [] })

const announce = (): Promise<unknown> =>
  api.notices.latest.publish(state.value.latest, { retain: true }).catch(() => console.log('announced in the next session'))

const client = connectService(announce)
const api = client.use(todo, { waitForCallee: 10_000, retry: true })

function take(changes: readonly Change[]): void {
  const seen = changes.at(-1)?.number ?? state.value.seen
  const notices = changes.map(({ number, what, text }) => ({ number, text: `“${text}” ${WORDS[what]}` }))
  state.write({ seen, latest: [...notices.reverse(), ...state.value.latest].slice(0, SHOWN) })
  void announce()
}

// Of several events that came meanwhile the latest says all.
const changed = api.list.changed.subscribe({ getRetained: true, buffer: 1, overflow: 'latest' })
console.log('ready')
for await (const _ of changed) await api.list.changes(state.value.seen).then(take, console.error)
