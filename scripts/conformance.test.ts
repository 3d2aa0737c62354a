// The conformance page: how tests and reasons become states, what the check refuses, that the page does not vary.

import { describe, expect, it } from 'vitest'
import { judge, pageOf, unanswered } from './conformance.mjs'

const ROOT = '/project'
// Put together here so that this file's own report names no rows.
const mark = (ids: string): string => `[${ids}]`

function requirement(id: string, text = 'Something holds.') {
  const group = id.replace(/-\d+$/, '')
  return { id, group, who: 'router', level: 'MUST', requirement: text, shapes: '', spec: 'basic/x.md' }
}

const REQUIREMENTS = {
  groups: { 'BP-X': 'examples', 'AP-Y': 'more' },
  requirements: [requirement('BP-X-01'), requirement('BP-X-02', 'a | b'), requirement('BP-X-03'), requirement('AP-Y-01')],
}

function report(...tests: [title: string, status: string][]) {
  return {
    testResults: [{ name: `${ROOT}/b.test.ts`, status: 'passed', assertionResults: tests.map(([title, status]) => ({ title, status })) }],
  }
}

function statesOf(tests: [string, string][], states = {}): Record<string, string> {
  return Object.fromEntries(judge(REQUIREMENTS, states, report(...tests), ROOT).rows.map((row) => [row.id, row.state]))
}

describe('a row', () => {
  it('is green with a passing test, also one that shows several rows', () => {
    expect(statesOf([[`holds ${mark('BP-X-01 AP-Y-01')}`, 'passed']])).toEqual({
      'BP-X-01': 'green',
      'BP-X-02': 'open',
      'BP-X-03': 'open',
      'AP-Y-01': 'green',
    })
  })

  it('is red when one test that names it fails, whatever others do', () => {
    const title = `holds ${mark('BP-X-01')}`
    expect(
      statesOf([
        [title, 'passed'],
        [title, 'failed'],
        [title, 'passed'],
      ])['BP-X-01'],
    ).toBe('red')
  })

  it('is open when its only test was skipped', () => {
    expect(statesOf([[`holds ${mark('BP-X-01')}`, 'skipped']])['BP-X-01']).toBe('open')
  })

  it('takes its reason only where no test answers', () => {
    const states = { 'BP-X-01': { state: 'argued', why: 'a rule for authors' }, 'BP-X-02': { state: 'later', why: 'with clusters' } }
    const judged = statesOf([[`holds ${mark('BP-X-01')}`, 'failed']], states)
    expect(judged).toMatchObject({ 'BP-X-01': 'red', 'BP-X-02': 'later' })
  })
})

describe('the check', () => {
  it('refuses titles and reasons that name no row', () => {
    const states = { 'BP-Z-01': { state: 'argued' as const, why: 'because' } }
    const { faults } = judge(
      REQUIREMENTS,
      states,
      report([`a ${mark('BP-X-09')}`, 'passed'], [`b ${mark('BP-X-01, BP-X-02')}`, 'passed']),
      ROOT,
    )
    expect(faults).toEqual([
      expect.stringContaining('names BP-X-09, which is no row'),
      expect.stringContaining('names BP-X-01,, which is no row'),
      'conformance/states.json names BP-Z-01, which is no row',
    ])
  })

  it('refuses a reason without words', () => {
    expect(judge(REQUIREMENTS, { 'BP-X-01': { state: 'argued', why: '' } }, report(), ROOT).faults).toHaveLength(1)
  })

  it('names a file of tests that did not run', () => {
    const broken = { testResults: [{ name: `${ROOT}/a.test.ts`, status: 'failed', message: 'no such module\nat x', assertionResults: [] }] }
    expect(judge(REQUIREMENTS, {}, broken, ROOT).faults).toEqual(['a.test.ts did not run: no such module'])
  })

  it('wants each row of the Basic Profile green or argued, and nothing of the Advanced Profile', () => {
    const states = {
      'BP-X-02': { state: 'argued' as const, why: 'a rule for authors' },
      'BP-X-03': { state: 'later' as const, why: 'not yet' },
    }
    const { rows } = judge(REQUIREMENTS, states, report([`a ${mark('BP-X-01')}`, 'passed']), ROOT)
    expect(unanswered(rows)).toEqual(['BP-X-03 is later'])
  })
})

describe('the page', () => {
  it('shows each row with its state, its reason and its tests', () => {
    const states = { 'BP-X-02': { state: 'argued' as const, why: 'a rule for authors' } }
    const { rows } = judge(REQUIREMENTS, states, report([`holds | well ${mark('BP-X-01')}`, 'passed']), ROOT)
    const page = pageOf(REQUIREMENTS, rows)
    expect(page).toContain('| BP-X-01 | MUST | router | Something holds. | green | `b.test.ts`: holds \\| well |')
    expect(page).toContain('| BP-X-02 | MUST | router | a \\| b | argued: a rule for authors |  |')
    expect(page).toContain('| Basic Profile | 3 | 1 | 0 | 1 | 0 | 0 | 1 |')
    expect(page).toContain('## AP-Y: more')
  })

  it('is the same whatever the order of the tests in the report', () => {
    const tests: [string, string][] = [
      [`b ${mark('BP-X-01')}`, 'passed'],
      [`a ${mark('BP-X-01')}`, 'passed'],
    ]
    const pages = [tests, tests.toReversed()].map((each) => pageOf(REQUIREMENTS, judge(REQUIREMENTS, {}, report(...each), ROOT).rows))
    expect(pages[0]).toBe(pages[1])
    expect(pages[0]).toContain('`b.test.ts`: a; b')
  })

  it('lists what is tolerated, and has no such section where nothing is', () => {
    const judged = judge(REQUIREMENTS, {}, report([`tolerates a gap ${mark('BP-X-01')}`, 'passed'], ['refuses a gap', 'passed']), ROOT)
    const page = pageOf(REQUIREMENTS, judged.rows, judged.tolerances)
    expect(page).toContain('## Tolerances')
    expect(page).toContain('- tolerates a gap (`b.test.ts`)')
    expect(page).not.toContain('refuses a gap')
    expect(pageOf(REQUIREMENTS, judged.rows)).not.toContain('Tolerances')
  })

  it('cuts a long requirement between words and outside of code', () => {
    const long = { groups: { 'BP-X': 'x' }, requirements: [requirement('BP-X-01', `${'word '.repeat(42)}\`code that is not cut in two\``)] }
    const page = pageOf(long, judge(long, {}, report(), ROOT).rows)
    expect(page).toContain('word … |')
    expect(page).not.toContain('`code')
  })
})
