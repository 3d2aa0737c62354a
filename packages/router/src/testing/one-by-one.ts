// For tests: what a world defers from now on runs one by one, as in turns of its own.

import type { World } from '@trunkline/testkit'

export interface Tasks {
  readonly isIdle: boolean
  /** Runs one task. */
  turn(): void
  /** Runs all tasks. @returns how many */
  rest(): number
}

export function oneByOne(world: World): Tasks {
  const tasks: (() => void)[] = []
  world.scheduler.defer = (task) => void tasks.push(task)
  const turn = (): void => tasks.shift()?.()
  return {
    get isIdle() {
      return tasks.length === 0
    },
    turn,
    rest() {
      let done = 0
      for (; tasks.length > 0; done++) turn()
      return done
    },
  }
}
