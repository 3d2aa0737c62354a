import { describe, expect, it } from 'vitest'
import { commentAbove } from './comments.ts'

const TEXT = `
/** Of the file. */

const soldOut = error('a.b')
/**
 * The first line.
 *
 * The second, with @ in it.
 * @since 1.1.0
 * @deprecated use list
 */
get: procedure()
/* not for people */
put: procedure()
/** One. */ one: procedure(), /** Two. */ two: procedure()
`.split('\n')

const above = (start: string): ReturnType<typeof commentAbove> =>
  commentAbove(TEXT.join('\n'), TEXT.findIndex((line) => line.startsWith(start)) + 1)

describe('the comment above a line', () => {
  it('is what it says, with its tags', () => {
    const doc = 'The first line.\n\nThe second, with @ in it.'
    expect(above('get')).toEqual({ doc, since: '1.1.0', deprecated: 'use list' })
    expect(above('const')).toEqual({ doc: 'Of the file.' })
  })

  it('may stand in the line', () => {
    expect(above('/** One')).toEqual({ doc: 'One.' })
  })

  it('is none without two stars, or behind another line', () => {
    expect(above('put')).toEqual({})
    expect(commentAbove('/** a */\nb\nc', 3)).toEqual({})
  })
})
