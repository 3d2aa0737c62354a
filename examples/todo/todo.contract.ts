// What the programs of the todo list say to each other. The URI of an entry is the path of its keys: com.example.todo.list.add.

import { contract, error, procedure, topic } from '@trunkline/contract'
import { z } from 'zod'

const Text = z.string().trim().min(1).max(200)
const Id = z.uuid()
const Item = z.object({ id: Id, text: Text, isDone: z.boolean() })
const Change = z.object({ number: z.int(), what: z.enum(['added', 'done', 'open', 'removed']), text: Text })
const Notice = z.object({ number: z.int(), text: z.string() })
export type Item = z.infer<typeof Item>
export type Change = z.infer<typeof Change>
export type Notice = z.infer<typeof Notice>

export const full = error('com.example.todo.error.full')
export const noSuchItem = error('com.example.todo.error.no_such_item')

export const todo = contract('com.example.todo', {
  // Each procedure is idempotent: to call it twice is as good as once, so that clients may repeat a call whose answer was lost.
  list: {
    all: procedure({ result: z.array(Item), idempotent: true }),
    /** The caller chooses the id, by which the list recognizes a repeated call. */
    add: procedure({ args: (text = Text) => [text], kwargs: { id: Id }, errors: { full }, idempotent: true }),
    mark: procedure({ args: (id = Id) => [id], kwargs: { isDone: z.boolean() }, errors: { noSuchItem }, idempotent: true }),
    remove: procedure({ args: (id = Id) => [id], idempotent: true }),
    /** The changes after the one with this number. */
    changes: procedure({ args: (after = z.int()) => [after], result: z.array(Change), idempotent: true }),
    /** Something changed, up to the change with this number: ask for it. An event that is missed does no harm, the next one says as much. */
    changed: topic({ args: (number = z.int()) => [number] }),
  },
  notices: {
    /** The latest notices, newest first. */
    latest: topic({ args: (notices = z.array(Notice)) => [notices] }),
  },
})
