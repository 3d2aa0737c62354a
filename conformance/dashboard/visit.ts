// A visit of the dashboard: what an operator sees, types and clicks, with what the browser complains of.

import type { Page } from 'playwright-core'

const PATIENCE_MS = 60_000

export interface TypedLogin {
  /** The value of the choice. */
  readonly kind: string
  readonly name?: string
  readonly secret?: string
}

export class Visit {
  readonly page: Page
  readonly complaints: string[] = []
  readonly #home: string

  constructor(page: Page, home: string) {
    this.page = page
    this.#home = home
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(home)) this.complaints.push(`asks another server: ${request.url()}`)
    })
  }

  /** Goes to a place without a new page. */
  async go(fragment: string, title: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(fragment)}`)
    await this.sees('h1', title)
  }

  /** Opens the page anew. */
  async open(): Promise<void> {
    await this.page.goto(this.#home)
  }

  /** Waits until an element's text is or contains what is expected. */
  async sees(selector: string, text: string | RegExp): Promise<void> {
    await this.page.locator(selector, { hasText: text }).first().waitFor()
  }

  /** Waits until no element has this text. */
  async misses(selector: string, text: string): Promise<void> {
    await this.page.locator(selector, { hasText: text }).first().waitFor({ state: 'detached' })
  }

  async types(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).first().fill(text)
  }

  async clicks(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).first().click()
  }

  async logsIn({ kind, name, secret }: TypedLogin): Promise<void> {
    await this.page.locator('.login-form select').selectOption(kind)
    if (name !== undefined) await this.page.locator('input[name=username]').fill(name)
    if (secret !== undefined) await this.page.locator('input[name=password]').fill(secret)
    await this.clicks('Log in')
  }

  async logsOut(): Promise<void> {
    await this.clicks('Log out')
    await this.sees('#login-title', 'Log in')
  }
}
