// The ways in: each kind of login, what a wrong one says, and what a viewer may not do.

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Step } from '../browser/steps.ts'
import type { Looks } from './looks.ts'
import type { TypedLogin, Visit } from './visit.ts'
import { KEY_OWNER, OPERATOR, SIGNER, STRETCHED, VIEWER } from './world.ts'

const BUILT = fileURLToPath(new URL('../../packages/cli/dist/dashboard/', import.meta.url))

export function loginSteps(visit: Visit, looks: Looks, privateKey: string): readonly Step[] {
  const { page } = visit
  const inAndOut = async (login: TypedLogin, who: string): Promise<void> => {
    await visit.logsIn(login)
    await visit.sees('#status', who)
    await visit.logsOut()
  }
  return [
    [
      'the page asks for a login',
      async () => {
        await visit.sees('#login-title', 'Log in')
        assert.deepEqual(await looks.take('login'), [])
      },
    ],
    [
      'the whole page has less than 150 kB, compressed',
      async () => {
        const files = (await readdir(BUILT)).filter((name) => name !== 'licenses.txt')
        const octets = await Promise.all(files.map(async (name) => gzipSync(await readFile(join(BUILT, name))).length))
        const all = octets.reduce((sum, each) => sum + each, 0)
        assert.ok(all > 0 && all < 150_000, `${all} octets`)
      },
    ],
    [
      'a wrong login says so, and nothing more',
      async () => {
        await visit.logsIn({ kind: 'password', name: OPERATOR.name, secret: 'wrong' })
        await visit.sees('.notice', 'The login was not accepted.')
        await visit.logsIn({ kind: 'anonymous' })
        await visit.sees('.notice', 'This realm needs a login.')
      },
    ],
    [
      'a password that Argon2 stretches logs in',
      () => inAndOut({ kind: 'scram', name: STRETCHED.name, secret: STRETCHED.password }, `${STRETCHED.name}, viewer`),
    ],
    ['a signature logs in', () => inAndOut({ kind: 'wampcra', name: SIGNER.name, secret: SIGNER.secret }, `${SIGNER.name}, operator`)],
    ['a pasted key logs in', () => inAndOut({ kind: 'cryptosign', secret: privateKey }, `${KEY_OWNER}, operator`)],
    [
      'a key in a file logs in',
      async () => {
        const folder = await mkdtemp(join(tmpdir(), 'trunkline-key-'))
        try {
          await writeFile(join(folder, 'kim.key'), `${privateKey}\n`)
          await page.locator('.login-form select').selectOption('cryptosign')
          await page.locator('input[type=file]').setInputFiles(join(folder, 'kim.key'))
          await visit.clicks('Log in')
          await visit.sees('#status', KEY_OWNER)
          await visit.logsOut()
        } finally {
          await rm(folder, { recursive: true })
        }
      },
    ],
    [
      'a viewer sees everything and changes nothing',
      async () => {
        await visit.logsIn({ kind: 'password', name: VIEWER.name, secret: VIEWER.ticket })
        await visit.sees('#status', `${VIEWER.name}, viewer`)
        await visit.go('#/configuration', 'Configuration')
        await visit.sees('.json-tree', 'listeners')
        await visit.clicks('What would change?')
        await visit.sees('.notice', 'may not do that')
        await visit.logsOut()
      },
    ],
    [
      'a password logs in by the best method that the user has',
      async () => {
        await visit.logsIn({ kind: 'password', name: OPERATOR.name, secret: OPERATOR.password })
        await visit.sees('#status', `${OPERATOR.name}, operator`)
      },
    ],
    [
      'a new page logs in by the cookie that the router set',
      async () => {
        await visit.open()
        await visit.sees('#status', `${OPERATOR.name}, operator`)
      },
    ],
  ]
}
