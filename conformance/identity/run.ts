// The command of this suite: the example with a user for each way to log in, started as a user starts it, tried, attacked, and
// changed under load. Ends with "N passed, N failed".

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCommands, showsNoSecret } from './commands.ts'
import { Doors } from './doors.ts'
import { checkExample, checkLogin } from './example.ts'
import { checkLoginAttacks } from './logins.ts'
import { RouterNode } from './node.ts'
import { checkReloads } from './reloads.ts'
import { Report } from './report.ts'
import { checkSpokenNames, isWholesome } from './spoken-names.ts'
import { CRYPTOSIGN, EXAMPLE, withOwnKey } from './users.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-identity-'))
const report = new Report()
try {
  await checkCommands(report, folder)
  await onRouter(EXAMPLE, (doors) => checkExample(report, doors))
  const file = join(folder, 'trunkline.yaml')
  writeFileSync(file, withOwnKey())
  await onRouter(file, async (doors, node) => {
    await checkLogin(report, doors, CRYPTOSIGN)
    await checkLoginAttacks(report, doors)
    await checkSpokenNames(report, doors, node)
    await checkReloads(report, doors, node, file)
  })
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`${report.passed} passed, ${report.failed} failed`)
process.exitCode = report.failed === 0 ? 0 : 1

async function onRouter(file: string, work: (doors: Doors, node: RouterNode) => Promise<void>): Promise<void> {
  const { node, webSocket, rawSocket } = await RouterNode.start(file, join(folder, 'router.pid'))
  const doors = new Doors(webSocket, rawSocket)
  try {
    await work(doors, node)
    await doors.leave()
  } finally {
    await node.stop()
  }
  await report.check('the log holds no secret, proof or payload, and each line is one', async () => {
    showsNoSecret(node.lines.join('\n'), [CRYPTOSIGN.secret, 'payload-of-'])
    isWholesome(node.lines)
  })
}
