// The walk of docs/guide/incident.md: each block is pasted, and each picture made, in the order of the guide; what they have to show stands
// here. Ends with "N passed, N failed". Leaves the pictures in .cache/incident-pictures, or in the folder of --pictures, with the ports of the
// guide.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { withBrowser } from '@trunkline/testkit/chromium'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { until } from '../browser/until.ts'
import { Visit } from '../dashboard/visit.ts'
import type { Part } from './guide.ts'
import { partsOf } from './guide.ts'
import { Pictures } from './pictures.ts'
import { PATIENCE_MS, Terminals } from './terminals.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const UNCOMMITTED = join(ROOT, '.cache/incident-pictures')

/** What a block has to print, by words of it. */
const PRINTED: readonly (readonly [words: string, expected: RegExp])[] = [
  ['trunkline doctor', /, 0 faults/],
  ['price.get 7 --url', /^17$/m],
  ['way=', /exit code 4[^]*exit code 3[^]*exit code 4[^]*^403$/m],
  ['trunkline status\n', /open +\d+ sessions in 2 realms/],
  ['tail --slow', /report\.make +alice#\d+ → reports#\d+ +timed_out/],
  ['--slow\n', /^\d+ .* reports /m],
  ['trunkline kick', /^ended 1 session$/m],
  ['--dry-run', /roles\.reports changed/],
  ['trunkline reload\n', /subscriptions and registrations revoked: 1/],
]

const SLOW = 'trunkline ls sessions --in com.example.shop --slow --json'
const BACK = 'trunkline ls sessions --user reports --json'

/** Whether a list names the session of the reports. */
const hasReports = async (terminals: Terminals, list: string): Promise<boolean> => /"reports"/.test(await terminals.run(list))

/** What a reader waits for before a part. */
const BEFORE: readonly (readonly [words: string, wait: (terminals: Terminals) => Promise<void>])[] = [
  ['incident-prometheus', (terminals) => until('the session is slow', () => hasReports(terminals, SLOW), PATIENCE_MS)],
  ['sed -i', (terminals) => until('the kicked session is back', () => hasReports(terminals, BACK), PATIENCE_MS)],
]

/** What is to be seen elsewhere after a part. */
const AFTER: readonly (readonly [words: string, look: (terminals: Terminals) => Promise<void>])[] = [
  [
    'tail --slow',
    async (terminals) =>
      void (await terminals.program('collector.js').shows(/^trace \w+ {2}route com\.example\.shop\.report\.make .*\n {2}wait com/m)),
  ],
  ['trunkline reload\n', (terminals) => until('the session reads', async () => !(await hasReports(terminals, SLOW)), PATIENCE_MS)],
  ['trunkline drain', async (terminals) => assert.equal(await terminals.program('trunkline start').ended, 0)],
]

function wordsOf(part: Part): string {
  return part.kind === 'picture' ? part.name : `${part.code}\n`
}

function stepOf(part: Part, terminals: Terminals, pictures: Pictures): Step {
  const words = wordsOf(part)
  const title = words.split('\n').findLast((line) => line !== '') ?? ''
  return [
    part.kind === 'picture' ? `picture ${title}` : title,
    async () => {
      for (const [, wait] of BEFORE.filter(([each]) => words.includes(each))) await wait(terminals)
      if (part.kind === 'picture') await pictures.take(part.name)
      else if (part.kind === 'lasting') await terminals.start(part.code)
      else {
        const printed = await terminals.run(part.code)
        for (const [, expected] of PRINTED.filter(([each]) => words.includes(each))) assert.match(printed, expected)
      }
      for (const [, look] of AFTER.filter(([each]) => words.includes(each))) await look(terminals)
    },
  ]
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { pictures: { type: 'string' } } })
  const folder = values.pictures ?? UNCOMMITTED
  const terminals = await Terminals.open(values.pictures !== undefined)
  try {
    const { passed, failed } = await withBrowser(async (browser) => {
      const page = browser.pages()[0] ?? (await browser.newPage())
      await page.setViewportSize({ width: 1280, height: 800 })
      // The reader of the guide accepts the certificate, too.
      await (await browser.newCDPSession(page)).send('Security.setIgnoreCertificateErrors', { ignore: true })
      const pictures = new Pictures(new Visit(page, terminals.ported('https://localhost:8444/')), terminals, folder)
      const steps = partsOf(join(ROOT, 'docs/guide/incident.md')).map((part) => stepOf(part, terminals, pictures))
      return runSteps(steps, async (count) => void (await page.screenshot({ path: join(UNCOMMITTED, `failed-${count}.png`) })))
    })
    console.log(`pictures in ${folder}`)
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await terminals.close()
  }
}

if (!(await main())) process.exitCode = 1
