// The service that keeps the list. It answers a change when the change is on the disk.

import { connectService, Stored } from './service.ts'
import { type Change, full, type Item, noSuchItem, todo } from './todo.contract.ts'

const MOST_ITEMS = 500
const KEPT_CHANGES = 100

/** `items` by their ids. */
const state = new Stored<{ items: Record<string, Item>; changes: Change[] }>('list.json', { items: {}, changes: [] })
const lastNumber = (): number => state.value.changes.at(-1)?.number ?? 0

// Retained, so that those who subscribe later get it at once.
const announce = (): Promise<unknown> =>
  api.list.changed.publish(lastNumber(), { retain: true }).catch(() => console.log('announced in the next session'))

const client = connectService(announce)
const api = client.use(todo)

function change(what: Change['what'], item: Item): void {
  const { items, changes } = state.value
  const { [item.id]: _, ...others } = items
  state.write({
    items: what === 'removed' ? others : { ...items, [item.id]: item },
    changes: [...changes, { number: lastNumber() + 1, what, text: item.text }].slice(-KEPT_CHANGES),
  })
  void announce()
}

await client.implement(todo.list, {
  all: () => Object.values(state.value.items),
  add: (text, { id }) => {
    const { items } = state.value
    if (items[id] !== undefined) return
    if (Object.keys(items).length >= MOST_ITEMS) throw full()
    change('added', { id, text, isDone: false })
  },
  mark: (id, { isDone }) => {
    const item = state.value.items[id]
    if (item === undefined) throw noSuchItem()
    if (item.isDone !== isDone) change(isDone ? 'done' : 'open', { ...item, isDone })
  },
  remove: (id) => {
    const item = state.value.items[id]
    if (item !== undefined) change('removed', item)
  },
  changes: (after) => state.value.changes.filter(({ number }) => number > after),
})
console.log('ready')
