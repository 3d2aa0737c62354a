// Shows that work is cut off when its time is over, and only then.

import { describe, expect, it } from 'vitest'
import { ScriptTimeLimit } from './script-time-limit.ts'

describe('a time limit', () => {
  it('gives the result or the error of a task in time, and cuts off one without end', () => {
    const limit = new ScriptTimeLimit(50)
    const forEver = (): never => {
      for (;;);
    }
    expect(limit.run(forEver, 'late')).toBe('late')
    expect(limit.run(() => 'in time', 'late')).toBe('in time')
    expect(() => limit.run(() => expect.fail('of the task'), 'late')).toThrow('of the task')
  })
})
