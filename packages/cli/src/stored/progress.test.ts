import { expect, it } from 'vitest'
import { Progress } from './progress.ts'

function shown(showsProgress: boolean): string {
  let [text, now] = ['', 0]
  const progress = new Progress({ showsProgress, complain: (more) => void (text += more) }, 'events', () => now)
  for (let count = 1_000; count <= 6_000; count++) {
    now++
    progress.note(count)
  }
  return text
}

it('a person sees now and then how far a command is, and a program nothing', () => {
  expect(shown(true)).toBe('2,999 events\n4,999 events\n')
  expect(shown(false)).toBe('')
})
