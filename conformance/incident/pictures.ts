// The pictures of the guide: for each name where the browser goes, what has to be seen there, and what it leaves behind.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { until } from '../browser/until.ts'
import type { Visit } from '../dashboard/visit.ts'
import type { Terminals } from './terminals.ts'
import { PATIENCE_MS } from './terminals.ts'

const MOST_OCTETS = 80_000
const WIDTH = 1280
const QUERY = 'sum by (outcome) (rate(trunkline_calls_ended_total{outcome!="result"}[1m])) > 0'

/** Keeps the top of what is shown, this high; of the dashboard unless another page is named. */
type Take = (height: number, page?: Page) => Promise<void>

export class Pictures {
  readonly #visit: Visit
  readonly #page: Page
  readonly #terminals: Terminals
  readonly #folder: string

  constructor(visit: Visit, terminals: Terminals, folder: string) {
    this.#visit = visit
    this.#page = visit.page
    this.#terminals = terminals
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** Makes a picture. @throws {Error} (rejects) when what it should show is not seen, or when it is too large */
  async take(name: string): Promise<void> {
    const shot = this.#shots[name]
    if (shot === undefined) throw new Error(`no picture is called ${name}`)
    await shot(async (height, page = this.#page) => {
      const file = join(this.#folder, `${name}.png`)
      await page.screenshot({ path: file, clip: { x: 0, y: 0, width: WIDTH, height } })
      execFileSync('pngquant', ['--force', '--output', file, '--speed', '1', '128', file])
      assert.ok(statSync(file).size < MOST_OCTETS, `${name}.png has ${statSync(file).size} octets`)
    })
  }

  readonly #shots: Readonly<Record<string, (take: Take) => Promise<void>>> = {
    'incident-login': async (take) => {
      await this.#visit.open()
      assert.equal(new URL(this.#page.url()).protocol, 'https:')
      await this.#visit.sees('#login-title', 'Log in')
      await this.#page.locator('.login-form select').selectOption('password')
      await this.#page.locator('input[name=username]').fill('olga')
      await this.#page.locator('input[name=password]').fill('olga')
      await take(594)
    },
    'incident-overview': async (take) => {
      await this.#visit.open()
      await this.#visit.logsIn({ kind: 'password', name: 'olga', secret: 'olga' })
      await this.#visit.sees('#status', 'olga, operator')
      await this.#visit.sees('.chart', /Calls a second[1-9]/)
      await this.#page.waitForTimeout(4_000) // So that the charts show a line.
      await take(800)
    },
    'incident-prometheus': async (take) => {
      const page = await this.#page.context().newPage()
      const query = new URLSearchParams({ 'g0.expr': QUERY, 'g0.tab': '0', 'g0.range_input': '1m' })
      const isShown = async (): Promise<boolean> => {
        await page.goto(this.#terminals.ported(`http://127.0.0.1:9090/classic/graph?${String(query)}`))
        const shown = page.getByText('timed_out').first().waitFor({ timeout: 3_000 })
        return shown.then(
          () => true,
          () => false,
        )
      }
      await page.setViewportSize({ width: WIDTH, height: 860 })
      // The page asks once; what it asks for comes with the next scrapes.
      await until('calls that timed out', isShown, PATIENCE_MS)
      await page.waitForTimeout(4_000)
      await until('calls that timed out', isShown, PATIENCE_MS)
      await take(860, page)
      await page.close()
    },
    'incident-traffic': async (take) => {
      await this.#visit.go('#/traffic?realm=com.example.shop', 'Traffic')
      await this.#page.getByLabel('Failed only').check()
      await this.#visit.sees('.log li', 'com.example.shop.report.make')
      await this.#page.waitForTimeout(2_500) // So that there are several.
      await take(560)
    },
    'incident-trace': async (take) => {
      const page = await this.#page.context().newPage()
      await page.setViewportSize({ width: WIDTH, height: 520 })
      await page.goto(this.#terminals.ported('http://127.0.0.1:4318/'))
      await page
        .locator('tr.failed', { hasText: /wait com\.example\.shop\.report\.make.*timed_out/ })
        .first()
        .waitFor()
      await take(435, page)
      await page.close()
    },
    'incident-sessions': async (take) => {
      await this.#visit.go('#/sessions?realm=com.example.shop&slow=yes', 'Sessions')
      await this.#visit.sees('tbody tr', 'reports')
      await this.#visit.sees('td[data-label="In/s"]', /\d/) // Rates come with the second reading.
      await take(520)
    },
    'incident-session': async (take) => {
      await this.#page.getByRole('link', { name: 'reports' }).first().click()
      await this.#visit.sees('h1', 'reports')
      await this.#visit.sees('.facts', /messages, .*\/s/)
      await take(520)
    },
    'incident-kick': async (take) => {
      await this.#visit.go('#/sessions?realm=com.example.shop&search=reports', 'Sessions')
      await this.#page
        .getByRole('button', { name: /^Kick session/ })
        .first()
        .click()
      await this.#visit.sees('dialog', 'Kick this session?')
      await take(520)
      await this.#visit.clicks('Cancel')
    },
    'incident-reload': async (take) => {
      await this.#visit.go('#/configuration', 'Configuration')
      await this.#visit.clicks('What would change?')
      await this.#visit.sees('.plan', 'reports')
      await take(612)
    },
    'incident-drain': async (take) => {
      await this.#visit.go('#/overview', 'Overview')
      await this.#visit.sees('#link[data-state=lost] #status', 'Next attempt')
      await this.#visit.sees('.page-note', 'no connection')
      await take(620)
    },
  }
}
