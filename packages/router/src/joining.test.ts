// Shows what a node waits for before it opens its listeners.

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JoiningNode } from './joining.ts'
import { untilKnown } from './joining.ts'

/** A node, as it changes. */
function joiningNode() {
  const known = new Set<string>()
  const state = { node: 'a', isNamed: true, nameTakenBy: undefined as string | undefined, heard: [] as string[], looks: 0 }
  let onLook = (): void => undefined
  const knows = (node: string): boolean => {
    state.looks++
    onLook()
    return known.has(node)
  }
  const joining: JoiningNode = Object.assign(state, { knows })
  /** Resolves when it has looked once more whether a node is known. */
  const look = (): Promise<void> => {
    const before = state.looks
    return new Promise((resolve) => {
      onLook = () => {
        if (state.looks > before + 1) resolve()
      }
    })
  }
  return { known, state, joining, look }
}

afterEach(() => void vi.useRealTimers())

describe('joining', () => {
  it('waits for the named nodes, and for those that were heard until the name was settled', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { known, state, joining, look } = joiningNode()
    state.isNamed = false
    let hasJoined = false
    const joins = untilKnown(joining, ['b', 'd']).then(() => (hasJoined = true))
    known.add('b')
    state.heard = ['b', 'c']
    await look()
    state.isNamed = true
    await look()
    state.heard = ['b', 'c', 'later']
    known.add('d')
    await look()
    expect(hasJoined).toBe(false)
    known.add('c')
    expect(await joins).toBe(true)
  })

  it('does not wait where nobody is there', async () => {
    const { state, joining } = joiningNode()
    await untilKnown(joining, [])
    expect(state.looks).toBe(0)
  })

  it('ends after 5 s', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { state, joining } = joiningNode()
    const joins = untilKnown(joining, ['away'])
    vi.advanceTimersByTime(5_000)
    await joins
    expect(state.looks).toBeGreaterThan(0)
  })

  it('fails when another process has the name', async () => {
    const { state, joining } = joiningNode()
    state.isNamed = false
    const joins = untilKnown(joining, [])
    state.nameTakenBy = 'host7'
    await expect(joins).rejects.toMatchObject({ code: 'TL_CLUSTER_NAME', message: expect.stringContaining("node 'a'") as string })
  })
})
