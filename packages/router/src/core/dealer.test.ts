import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('dealer', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  it('routes a call to the callee and the result back', () => {
    const callee = world.join()
    const caller = world.join()
    callee.say(64, 1, {}, 'com.example.add')
    const [, , registration] = callee.takeOne()
    caller.say(48, 1, {}, 'com.example.add', [1, 2], { a: null })
    expect(callee.takeOne()).toEqual([68, 1, registration, {}, [1, 2], { a: null }])
    callee.say(70, 1, {}, [3])
    expect(caller.takeOne()).toEqual([50, 1, {}, [3]])
  })
})
