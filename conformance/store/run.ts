// Kills, full disks, files cut off and wrong bits. Run: conformance/store/ci.sh [--rounds N]. Ends with "N passed, N failed".

import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { rounds: given = '8', seed: start = '1' } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } }).values
const rounds = Number(given)
const PROGRAM = join(import.meta.dirname, 'process.ts')
const PAGE = 4_096
/** A store that opens within so many starts is in no loop of crashes: the third looks at everything first. */
const MOST_STARTS = 4

let seed = Number(start)
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 0x1_0000_0000) * below)
}

type Said = Readonly<Record<string, unknown>>

interface Ended {
  readonly said: readonly Said[]
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
}

interface Running {
  readonly child: ChildProcess
  /** Resolves once it has said something of this kind. */
  readonly says: (name: string) => Promise<unknown>
  readonly ended: Promise<Ended>
}

function run(...words: readonly string[]): Running {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Said[] = []
  let [rest, errors] = ['', '']
  const waiting: { readonly name: string; readonly resolve: (value: unknown) => void }[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const each = JSON.parse(line) as Said
      said.push(each)
      for (const { name, resolve } of waiting) if (name in each) resolve(each[name])
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => {
      for (const each of waiting) each.resolve(undefined)
      resolve({ said, code, signal, errors })
    }),
  )
  return { child, ended, says: (name) => new Promise((resolve) => waiting.push({ name, resolve })) }
}

let [passed, failed] = [0, 0]
async function trial(name: string, test: () => Promise<string | undefined>): Promise<void> {
  const fault = await test().catch((error: unknown) => String(error))
  if (fault === undefined) passed++
  else failed++
  console.log(`${fault === undefined ? 'ok    ' : 'FAILED'} ${name}${fault === undefined ? '' : `: ${fault}`}`)
}

const folders: string[] = []
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-store-'))
  folders.push(folder)
  return folder
}

async function look(folder: string): Promise<Ended & { readonly found: Said | undefined }> {
  const ended = await run('look', folder).ended
  return { ...ended, found: ended.said.at(-1) }
}

/** A list that a process has told; empty where it told none. */
function listIn(said: Said | undefined, name: string): readonly unknown[] {
  const list = said?.[name]
  return Array.isArray(list) ? list : []
}

/** What is wrong with what was found after events up to a number had been kept. */
function faultIn(found: Said | undefined, kept: number): string | undefined {
  if (found === undefined || !Array.isArray(found['numbers'])) return `the store says ${JSON.stringify(found)}`
  if (listIn(found, 'faults').length > 0) return String(listIn(found, 'faults'))
  if (listIn(found, 'twice').length > 0) return `events ${String(listIn(found, 'twice'))} were kept again, although they have keys`
  const numbers = new Set(found['numbers'] as readonly number[])
  for (let number = 1; number <= kept; number++)
    if (!numbers.has(number) && (number % 3 !== 0 || number > kept - 900)) return `event ${number} of ${kept} is not there`
  return listIn(found, 'logged').length > 0 ? `it logged ${String(listIn(found, 'logged'))}` : undefined
}

// --- kill -9 of the process that writes
{
  const folder = newFolder()
  let [kept, epoch]: [number, unknown] = [0, undefined]
  for (let round = 1; round <= rounds; round++) {
    await trial(`kill -9, round ${round}`, async () => {
      const writer = run('write', folder, String(kept + 1))
      await writer.says('kept')
      await new Promise((resolve) => setTimeout(resolve, random(400)))
      writer.child.kill('SIGKILL')
      const { said, errors } = await writer.ended
      kept = Math.max(kept, ...said.map((each) => Number(each['kept'] ?? 0)))
      if (said.length === 0) return `it wrote nothing: ${errors.slice(0, 300)}`
      const { found, code, signal, errors: more } = await look(folder)
      if (code !== 0) return `the next start ended with ${code ?? signal}: ${more.slice(0, 300)}`
      epoch ??= found?.['epoch']
      if (found?.['epoch'] !== epoch) return 'the epoch changed'
      // What was not told, but is there, is not written a second time.
      const fault = faultIn(found, kept)
      kept = Math.max(
        kept,
        ...listIn(found, 'numbers')
          .map(Number)
          .filter((number) => number < 1_000_000_000),
      )
      return fault
    })
  }
  console.log(`       ${kept} events were kept`)
}

// --- a full disk
{
  const folder = newFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  if (mounted.status !== 0) console.log('SKIPPED store-full-disk: no tmpfs can be mounted here')
  else
    try {
      await trial('a full disk refuses events, is read, and takes events again when rules leave room', async () => {
        const { said, code, signal, errors } = await run('write', folder).ended
        if (code !== 0) return `it ended with ${code ?? signal}: ${errors.slice(0, 500)}`
        const last = said.at(-1)
        const kept = Math.max(0, ...said.map((each) => Number(each['kept'] ?? 0)))
        if (!said.some((each) => each['error'] === 'full')) return 'no event was refused as full'
        if (listIn(last, 'faults').length > 0) return String(listIn(last, 'faults'))
        if (kept < 1_000 || Number(last?.['found']) < (kept * 2) / 3) return `${String(last?.['found'])} of ${kept} events are there`
        const answers = listIn(last, 'answers') as readonly Said[]
        return answers.some((answer) => 'position' in answer) ? undefined : `it takes none any more: ${JSON.stringify(answers.at(-1))}`
      })
      await trial('a store on a full disk can be opened', async () => {
        writeFileSync(join(folder, 'rest'), '')
        for (let more = true; more;) {
          try {
            writeFileSync(join(folder, 'rest'), new Uint8Array(PAGE), { flag: 'a' })
          } catch {
            more = false
          }
        }
        const { found, code, signal, errors } = await look(folder)
        if (code !== 0) return `it ended with ${code ?? signal}: ${errors.slice(0, 500)}`
        return listIn(found, 'numbers').length > 0 && listIn(found, 'faults').length === 0 ? undefined : JSON.stringify(found)
      })
    } finally {
      spawnSync('umount', [folder])
    }
}

// --- files that are cut off, and wrong bits
const whole = newFolder()
await trial('a store is made', async () => {
  const writer = run('write', whole)
  while (Number(await writer.says('kept')) < 20_000) continue
  writer.child.kill('SIGKILL')
  await writer.ended
  const { code } = await look(whole)
  return code === 0 ? undefined : `it cannot be read: ${code}`
})
const file = join(whole, 'events.mdb')
const used = usedOctets(readFileSync(file))

/** A copy of the store, changed; as a killed process leaves it, or closed. */
function copied(change: (path: string) => void, isLeft: boolean): string {
  const folder = newFolder()
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'events.mdb')
  copyFileSync(file, path)
  change(path)
  if (isLeft) writeFileSync(join(folder, 'running'), '0\n')
  return folder
}

/** Starts until the store opens; a start that crashes may not be followed by many. */
async function opens(
  folder: string,
): Promise<{ readonly fault: string | undefined; readonly found: Said | undefined; readonly starts: number }> {
  for (let starts = 1; starts <= MOST_STARTS; starts++) {
    const { found, code } = await look(folder)
    if (code !== 0) continue
    const faults = listIn(found, 'faults')
    if (faults.length > 0) return { fault: String(faults), found, starts }
    const answer = found?.['answer'] as Said | undefined
    return {
      fault: answer !== undefined && 'position' in answer ? undefined : `it takes no event: ${JSON.stringify(answer)}`,
      found,
      starts,
    }
  }
  return { fault: `it did not open in ${MOST_STARTS} starts`, found: undefined, starts: MOST_STARTS }
}

for (let round = 1; round <= Math.ceil(rounds / 2); round++) {
  const length = random(used)
  await trial(`a file cut off at ${length} of ${used} octets is set aside`, async () => {
    const folder = copied((path) => truncateSync(path, length), round % 2 === 0)
    const { fault, found, starts } = await opens(folder)
    if (fault !== undefined) return fault
    if (starts > 1) return 'it crashed first'
    const isAside = readdirSync(folder).some((name) => name.startsWith('events.mdb.damaged-'))
    return isAside || length === 0 ? undefined : `it was taken as it was: ${JSON.stringify(found?.['numbers']).slice(0, 100)}`
  })
}

const seen = { whole: 0, answered: 0, aside: 0, crashes: 0 }
for (let round = 1; round <= 2 * rounds; round++) {
  const [places, isLeft] = [Array.from({ length: 1 + random(8) }, () => random(used)), round % 2 === 0]
  await trial(`${places.length} wrong bits${isLeft ? ', after a kill' : ''}`, async () => {
    const folder = copied((path) => {
      const octets = readFileSync(path)
      for (const place of places) octets.writeUInt8(octets.readUInt8(place) ^ (1 << random(8)), place)
      writeFileSync(path, octets)
    }, isLeft)
    const { fault, found, starts } = await opens(folder)
    seen.crashes += starts - 1
    if (fault !== undefined) return fault
    if (readdirSync(folder).some((name) => name.startsWith('events.mdb.damaged-'))) seen.aside++
    else if (found?.['error'] !== undefined || found?.['retainedError'] !== undefined) seen.answered++
    else seen.whole++
    return undefined
  })
}
console.log(`       wrong bits: ${JSON.stringify(seen)}`)

for (const folder of folders) rmSync(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** Where the pages end that hold something: what follows is room for more. */
function usedOctets(octets: Buffer): number {
  let last = Math.floor(statSync(file).size / PAGE)
  while (last > 0 && octets.subarray((last - 1) * PAGE, last * PAGE).every((octet) => octet === 0)) last--
  return last * PAGE
}
