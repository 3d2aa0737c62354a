// Inputs that once broke a rule, kept as files and run in every test since. Never changes an existing file.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Crash } from './fuzzer.ts'

const FOLDER = join(import.meta.dirname, 'crashes')

/** A crash as it is kept. */
export interface KeptCrash {
  readonly target: string
  /** What was thrown. */
  readonly error: string
  /** The octets in hexadecimal. */
  readonly input: string
}

/** Writes a crash to a file; returns its name. */
export function keepCrash(target: string, { input, error }: Crash): string {
  const hex = Buffer.from(input).toString('hex')
  const name = `${target}-${createHash('sha256').update(hex).digest('hex').slice(0, 8)}.json`
  const kept: KeptCrash = { target, error: error.slice(0, 200), input: hex }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, name), `${JSON.stringify(kept, null, 2)}\n`)
  return name
}

/** All that were kept. */
export function readCrashes(): { readonly name: string; readonly crash: KeptCrash }[] {
  mkdirSync(FOLDER, { recursive: true })
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return names.map((name) => ({ name, crash: JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as KeptCrash }))
}
