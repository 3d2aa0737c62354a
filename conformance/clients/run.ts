// The command that tries clients in other languages against the router of examples/identity:
// `tsx --conditions=trunkline-source conformance/clients/run.ts [--write] [NAME…]`, after ci.sh has built them. With `--write` it
// writes its section of docs/reference/interop.md.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { JoinOptions } from '../interop/clients/client.ts'
import { RemoteClient } from '../interop/clients/remote.ts'
import type { Outcome } from '../interop/features/feature.ts'
import { Judge } from '../interop/features/judge.ts'
import { matrixOf } from '../interop/features/page.ts'
import { writeSection } from '../interop/features/reference-page.ts'
import { play } from '../interop/features/scenarios.ts'
import { FEATURE_DEVIATIONS } from '../interop/known/deviations.ts'
import { knownOf } from '../interop/known/known.ts'
import { NOT_OFFERED } from '../interop/known/not-offered.ts'
import { startRouter } from '../interop/router.ts'
import type { Program } from './programs.ts'
import { FEATURES, NOT_INSTALLABLE, PROGRAMS } from './programs.ts'

const BUILT = new URL('../../.cache/clients/', import.meta.url)
const REALM = 'realm1'

/** All serializers at once, except where the new session is found in the list of sessions. */
async function outcomesOf(program: Program, url: string): Promise<readonly Outcome[]> {
  if (program.hidesSessions !== true) {
    return (await Promise.all(program.serializers.map((serializer) => outcomesIn(program, url, serializer)))).flat()
  }
  const outcomes: Outcome[] = []
  for (const serializer of program.serializers) outcomes.push(...(await outcomesIn(program, url, serializer)))
  return outcomes
}

async function outcomesIn({ name, built, command, hidesSessions }: Program, url: string, serializer: string): Promise<readonly Outcome[]> {
  const client = new RemoteClient(
    command.map((word) => word.replace('BUILT', pathOf(built))),
    { hidesSessions: hidesSessions === true },
  )
  await warmUp(client, { url, realm: REALM, serializer })
  const outcomes: Outcome[] = []
  for await (const outcome of play(client, { urls: [url], realm: REALM, serializer }, knownOf(name), FEATURES)) outcomes.push(outcome)
  await client.close()
  return outcomes
}

/** Some languages take seconds to start, and the first scenario has no more time than the others. */
async function warmUp(client: RemoteClient, place: JoinOptions): Promise<void> {
  await client.join(place).then(
    (session) => session.close(),
    () => undefined,
  )
}

/** Why a program is missing; undefined when it is not. */
function whyMissing({ built, language }: Program): string | undefined {
  if (existsSync(pathOf(built))) return undefined
  const log = pathOf(`${language}.log`)
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  return lines.at(-1) ?? 'was not built; conformance/clients/ci.sh does it'
}

async function main(isWriting: boolean, names: readonly string[]): Promise<number> {
  const judge = new Judge(FEATURE_DEVIATIONS, NOT_OFFERED, FEATURES)
  const skipped = new Map<string, string>()
  const router = await startRouter()
  try {
    for (const program of PROGRAMS.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const why = whyMissing(program)
      if (why === undefined) judge.judge(program.name, await outcomesOf(program, router.websocket))
      else skipped.set(program.title, why)
    }
  } finally {
    await router.close()
  }
  const all = [...skipped, ...Object.entries(NOT_INSTALLABLE)]
  for (const [title, why] of all) console.log(`SKIPPED ${title}: ${why}`)
  if (isWriting) await write(judge, skipped)
  return judge.finish(all.length)
}

async function write(judge: Judge, skipped: ReadonlyMap<string, string>): Promise<void> {
  if (skipped.size > 0 || judge.clients.length < PROGRAMS.length) throw new Error('the page needs all clients')
  const titles = Object.fromEntries(PROGRAMS.map(({ name, title }) => [name, title]))
  const serializers = PROGRAMS.map((program) => program.serializers.join(', '))
  await writeSection('programs', matrixOf(judge, titles, { serializers }))
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, BUILT))
}

// A scenario that fails leaves answers that are not awaited.
process.on('unhandledRejection', (reason) => process.stderr.write(`program: ${String(reason)}\n`))

const words = process.argv.slice(2)
const names = words.filter((word) => word !== '--write')
process.exitCode = await main(words.includes('--write'), names)
