// The dashboard of a real router in a real browser: what an operator does, page by page, on wide and narrow screens, light and dark. Ends
// with "N passed, N failed". Needs a build and a Chromium; leaves pictures in .cache/dashboard.

import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { withBrowser } from '@trunkline/testkit/chromium'
import { runSteps } from '../browser/steps.ts'
import { actionSteps } from './action-steps.ts'
import { Looks } from './looks.ts'
import { loginSteps } from './login-steps.ts'
import { Nodes, nodeSteps } from './node-steps.ts'
import { pageSteps } from './page-steps.ts'
import { Visit } from './visit.ts'
import { World } from './world.ts'

const FOLDER = fileURLToPath(new URL('../../.cache/dashboard/', import.meta.url))

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { pictures: { type: 'string' } } })
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const hex = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('hex')
  const key = { public: hex(publicKey.export({ format: 'jwk' }).x), private: hex(privateKey.export({ format: 'jwk' }).d) }
  const world = await World.start(key.public)
  const nodes = await Nodes.start()
  try {
    const { passed, failed } = await withBrowser(async (browser) => {
      const page = browser.pages()[0] ?? (await browser.newPage())
      const visit = new Visit(page, world.page)
      const looks = new Looks(page, FOLDER, values.pictures)
      await visit.open()
      const other = await browser.newPage()
      const steps = [
        ...loginSteps(visit, looks, key.private),
        ...pageSteps(visit, looks),
        ...actionSteps(visit, looks, world, key.public),
        ...nodeSteps(new Visit(other, nodes.page), new Looks(other, FOLDER, values.pictures), nodes),
      ]
      return runSteps(steps, async (count) => void (await page.screenshot({ path: join(FOLDER, `failed-${count}.png`), fullPage: true })))
    })
    console.log(`pictures in ${FOLDER}`)
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await world.end()
    await nodes.end()
  }
}

if (!(await main())) process.exitCode = 1
