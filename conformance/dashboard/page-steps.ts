// What each page shows, in every look.

import assert from 'node:assert/strict'
import type { Step } from '../browser/steps.ts'
import type { Looks } from './looks.ts'
import type { Visit } from './visit.ts'

export function pageSteps(visit: Visit, looks: Looks): readonly Step[] {
  const { page } = visit
  const looksRight = async (name: string): Promise<void> => assert.deepEqual(await looks.take(name), [])
  /** Rates come with the second reading of a list. */
  const seesRates = (column: string): Promise<void> => visit.sees(`td[data-label="${column}"]`, /\d/)
  return [
    [
      'realms have their numbers, and lead to what is in them',
      async () => {
        await visit.go('#/realms', 'Realms')
        await visit.sees('tbody tr', 'com.example.shop')
        await looksRight('realms')
        await page
          .getByRole('row', { name: /com\.example\.shop/ })
          .getByRole('link')
          .nth(1)
          .click()
        await visit.sees('h1', 'Sessions')
        await page.waitForURL(/realm=com\.example\.shop/)
      },
    ],
    [
      'sessions are searched, and shown with what they do',
      async () => {
        await visit.sees('tbody tr', 'alice')
        await page.getByPlaceholder('Search name, role, agent, address').fill('ALIC')
        await visit.misses('tbody tr', 'bob')
        await visit.sees('tbody tr', 'alice')
        await page.waitForURL(/search=ALIC/)
        await page.getByPlaceholder('Search name, role, agent, address').fill('')
        await visit.sees('tbody tr', 'bob')
        await seesRates('In/s')
        await looksRight('sessions')
      },
    ],
    [
      'a session is shown alone',
      async () => {
        await page.getByRole('link', { name: 'alice' }).first().click()
        await visit.sees('h1', 'alice')
        await visit.sees('.facts', 'shop alice 1.0')
        await visit.sees('.facts', /messages, .*\/s/)
        await looksRight('session')
      },
    ],
    [
      'procedures have calls, errors and latencies',
      async () => {
        await visit.go('#/procedures?realm=com.example.shop', 'Procedures')
        await visit.sees('tbody tr', 'com.example.shop.order.place')
        await seesRates('Calls/s')
        await looksRight('procedures')
      },
    ],
    [
      'topics have publications and deliveries',
      async () => {
        await visit.go('#/topics?realm=com.example.shop', 'Topics')
        await visit.sees('tbody tr', 'com.example.shop.price.')
        await seesRates('Published/s')
        await looksRight('topics')
        await visit.go('#/topics?realm=com.example.lab', 'Topics')
        await visit.sees('.empty', 'No topics.')
        assert.equal(await page.locator('tbody tr').count(), 0, 'topics of the realm before')
      },
    ],
    [
      'the graph shows who calls and publishes what',
      async () => {
        await visit.go('#/graph?realm=com.example.shop', 'Graph')
        await visit.sees('.graph-box', 'com.example.shop.order.place')
        await visit.sees('.graph-box.is-left', 'alice')
        await visit.sees('.graph-box.is-right', 'orders')
        await visit.sees('table', 'com.example.shop.news')
        await looksRight('graph')
      },
    ],
    [
      'traffic is shown as it happens, by filters',
      async () => {
        await visit.go('#/traffic?realm=com.example.shop', 'Traffic')
        await visit.sees('.log li', 'com.example.shop.price.')
        await visit.sees('.log li:nth-child(20)', 'com.example.shop')
        await looksRight('traffic')
        await visit.clicks('call')
        await page.getByLabel('Failed only').check()
        await visit.sees('.log li', 'error')
        await visit.misses('.log li', 'publish')
        await page.getByLabel('With payload').check()
        await visit.sees('.log li', 'error')
        await visit.clicks('Pause')
        await page.locator('.log-line').first().click()
        await visit.sees('.log .json-tree', 'sold_out')
      },
    ],
    // The last, so that its charts show a line.
    [
      'the overview shows charts that go on, and numbers',
      async () => {
        await visit.go('#/overview', 'Overview')
        await visit.sees('.page-note', 'running')
        await visit.sees('.numbers li', 'Realms3')
        await visit.sees('.chart', /Calls a second[1-9]/)
        assert.equal(await page.locator('.chart canvas').count(), 8)
        await looksRight('overview')
      },
    ],
  ]
}
