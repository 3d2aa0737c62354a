// Shows which status stands for which error, and that the guide says the same.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { STATUS_OF, statusOf } from './failure.ts'

const GUIDE = readFileSync(new URL('../../../../../docs/guide/without-wamp.md', import.meta.url), 'utf8')

describe('the status of a failure', () => {
  it('is the one of the guide', () => {
    const rows = [...GUIDE.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)]
    const listed = rows.flatMap(([, status, errors = '']) =>
      [...errors.matchAll(/`((?:wamp|trunkline)\.[\w.]+[a-z])`/g)].flatMap(([, error = '']) =>
        error.split('.').length > 2 ? [[error, Number(status)] as const] : [],
      ),
    )
    expect(Object.fromEntries(listed)).toEqual(STATUS_OF)
  })

  it.each([
    ['com.example.error.by_zero', 422],
    ['wamp.error.of_a_later_router', 500],
    ['wamp.close.killed', 503],
    ['trunkline.close.replaced', 503],
    ['toString', 422],
  ])('of %s is %i', (error, status) => {
    expect(statusOf({ error })).toBe(status)
  })
})
