// How pages look: pictures on wide and narrow screens, light and dark, and what axe finds in each.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

const LOOKS = [
  { name: 'wide-light', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'wide-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'narrow-dark', width: 390, height: 844, colorScheme: 'dark' },
  { name: 'narrow-light', width: 390, height: 844, colorScheme: 'light' },
] as const

interface Finding {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

export class Looks {
  readonly #page: Page
  readonly #folder: string
  readonly #pictures: string | undefined

  /** @param pictures where the pictures of the guides go too; undefined: nowhere */
  constructor(page: Page, folder: string, pictures: string | undefined) {
    this.#page = page
    this.#folder = folder
    this.#pictures = pictures
  }

  /**
   * Takes pictures of what is shown in every look.
   * @returns what is wrong in any of them, in a line each
   */
  async take(name: string): Promise<readonly string[]> {
    await mkdir(this.#folder, { recursive: true })
    const faults: string[] = []
    for (const { name: look, width, height, colorScheme } of LOOKS) {
      await this.#page.emulateMedia({ colorScheme })
      await this.#page.setViewportSize({ width, height })
      // Charts follow the width in the next frames.
      await this.#page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
      const actual = Number(await this.#page.evaluate('document.documentElement.scrollWidth'))
      if (actual > width) faults.push(`${name} ${look}: ${actual} pixels wide, on a screen of ${width}`)
      // What axe finds depends on the width or on the colours, never on both.
      for (const finding of look === 'narrow-dark' ? [] : await this.#axe()) faults.push(`${name} ${look}: ${finding}`)
      await this.#page.screenshot({ path: join(this.#folder, `${name}-${look}.png`), fullPage: true })
    }
    const [first] = LOOKS
    await this.#page.emulateMedia({ colorScheme: first.colorScheme })
    await this.#page.setViewportSize({ width: first.width, height: first.height })
    if (this.#pictures !== undefined) await this.#picture(this.#pictures, name)
    return faults
  }

  async #picture(folder: string, name: string): Promise<void> {
    await mkdir(folder, { recursive: true })
    await this.#page.screenshot({ path: join(folder, `dashboard-${name}.png`) })
  }

  async #axe(): Promise<readonly string[]> {
    await this.#page.evaluate(axe.source)
    const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`
    const found = await this.#page.evaluate<readonly Finding[]>(run)
    return found.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary = '' }) => `${html} ${failureSummary}`).join(' | ')}`,
    )
  }
}
