// The commands that read a configuration: `check` and `config show`, which shows no secret. Starts no router.

import { readFileSync, writeFileSync } from 'node:fs'
import { trunkline } from './node.ts'
import type { Report } from './report.ts'
import { same } from './report.ts'
import { EXAMPLE, USERS } from './users.ts'

/** @param folder for a file with mistakes */
export async function checkCommands(report: Report, folder: string): Promise<void> {
  await report.check('trunkline check passes the example', () => trunkline('check', EXAMPLE))
  await report.check('trunkline check refuses a mistake, and shows no secret with it', async () => {
    const file = `${folder}/mistaken.yaml`
    writeFileSync(file, readFileSync(EXAMPLE, 'utf8').replace('role: limited, ticket: ', 'role: limitted, tickets: '))
    const said = await trunkline('check', file).then(
      () => undefined,
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    )
    same(said?.includes("did you mean 'ticket'"), true, said)
    showsNoSecret(said ?? '')
  })
  await report.check('trunkline config show tells users and limits, and shows no secret', async () => {
    const shown = await trunkline('config', 'show', EXAMPLE)
    for (const { authid } of Object.values(USERS)) same(shown.includes(authid), true, authid)
    same(shown.includes('16MiB'), true, 'limit')
    showsNoSecret(shown)
  })
}

/** @throws {Error} when the text contains a secret of a user */
export function showsNoSecret(text: string, more: readonly string[] = []): void {
  const secrets = [...Object.values(USERS).map(({ secret }) => secret), ...more]
  const found = secrets.filter((secret) => text.includes(secret))
  if (found.length > 0) throw new Error(`shows ${found.join(', ')}: ${text.split('\n').find((line) => line.includes(found[0] ?? ''))}`)
}
