// Shows what operators see of realms that nodes serve by different settings.

import { describe, expect, it } from 'vitest'
import { SettingsWatch } from './settings-watch.ts'

function watching() {
  const reports: string[] = []
  const clock = { ms: 0 }
  const watch = new SettingsWatch(() => clock.ms, {
    differ: (node, realm) => reports.push(`${node} ${realm} differs`),
    agree: (node, realm) => reports.push(`${node} ${realm} agrees`),
  })
  /** Lets time pass, with a tick each second. */
  const pass = (ms: number): void => {
    for (const until = clock.ms + ms; clock.ms < until;) {
      clock.ms = Math.min(until, clock.ms + 1_000)
      watch.tick()
    }
  }
  return { watch, reports, pass }
}

describe('realms with different settings', () => {
  it('are shown at once, and reported once when that has lasted 5 s', () => {
    const { watch, reports, pass } = watching()
    watch.own('realm1', 'a')
    watch.heard('b', 'realm1', 'b')
    expect(watch.differing('b')).toEqual(['realm1'])
    pass(4_999)
    expect(reports).toEqual([])
    pass(60_000)
    expect(reports).toEqual(['b realm1 differs'])
  })

  it('are compared again whichever node changes them', () => {
    const { watch, reports, pass } = watching()
    watch.own('realm1', 'a')
    watch.heard('b', 'realm1', 'b')
    watch.heard('c', 'realm1', 'c')
    pass(5_000)
    watch.own('realm1', 'b')
    expect([watch.differing('b'), watch.differing('c')]).toEqual([[], ['realm1']])
    watch.heard('c', 'realm1', 'b')
    expect(watch.differing('c')).toEqual([])
    pass(60_000)
    expect(reports).toEqual(['b realm1 differs', 'c realm1 differs', 'b realm1 agrees', 'c realm1 agrees'])
  })

  it('are not reported where a reload reaches one node after the other', () => {
    const { watch, reports, pass } = watching()
    watch.own('realm1', 'a')
    watch.heard('b', 'realm1', 'a')
    watch.heard('b', 'realm1', 'b')
    pass(4_000)
    watch.own('realm1', 'b')
    pass(60_000)
    expect(reports).toEqual([])
  })

  it('are only those that both nodes serve', () => {
    const { watch, reports, pass } = watching()
    watch.heard('b', 'elsewhere', 'b')
    watch.own('here', 'a')
    watch.own('realm1', 'a')
    watch.heard('b', 'realm1', 'b')
    watch.heard('b', 'realm1', '')
    expect(watch.differing('b')).toEqual([])
    watch.heard('b', 'realm1', 'b')
    watch.own('realm1', undefined)
    expect(watch.differing('b')).toEqual([])
    pass(60_000)
    expect(reports).toEqual([])
  })

  it('of a node that is lost are forgotten, and reported again when it is back', () => {
    const { watch, reports, pass } = watching()
    watch.own('realm1', 'a')
    watch.heard('b', 'realm1', 'b')
    pass(5_000)
    watch.forget('b')
    expect(watch.differing('b')).toEqual([])
    watch.heard('b', 'realm1', 'b')
    pass(5_000)
    expect(reports).toEqual(['b realm1 differs', 'b realm1 differs'])
  })
})
