// Counts checks, each of which has a name and a time.

import type { Client } from '@trunkline/client'
import type { Session } from '@trunkline/client/session'
import { pass } from './times.ts'

/** These end what hangs; a machine with other things to do may take long. */
const LONGEST_MS = 180_000
const ANSWER_MS = 60_000

export const counts = { passed: 0, failed: 0 }
/** What the command line names: only checks whose names hold it are made. */
const [, , only = ''] = process.argv

/** Makes a check, which fails by an error or by taking too long. */
export async function check(name: string, work: () => Promise<void>): Promise<void> {
  if (!name.includes(only)) return
  const begun = performance.now()
  const late = new AbortController()
  try {
    await Promise.race([
      work(),
      pass(LONGEST_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`it took more than ${LONGEST_MS / 1_000} s`)
      }),
    ])
    counts.passed++
    console.log(`passed ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  } catch (error) {
    counts.failed++
    console.log(`FAILED ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  } finally {
    late.abort()
  }
}

/** @throws {Error} when the two are not the same as JSON */
export function same(found: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one}, expected ${other}`)
}

/** Calls until the answer is this one, and not that of another callee. */
export async function untilAnswer(client: Client, uri: string, args: unknown[], expected: unknown): Promise<void> {
  const latest = performance.now() + ANSWER_MS
  for (;;) {
    const answer = await client.call(uri, args, { waitForCallee: ANSWER_MS }).catch(String)
    if (answer === expected) return
    if (performance.now() > latest) throw new Error(`${uri}: ${JSON.stringify(answer)}, expected ${JSON.stringify(expected)}`)
  }
}

/** Registers a procedure that never answers. */
export async function registerSilent(callee: Client | Session, uri: string): Promise<{ readonly invoked: Promise<void> }> {
  let onInvocation = (): void => {}
  const invoked = new Promise<void>((resolve) => (onInvocation = resolve))
  const handler = (): Promise<never> => {
    onInvocation()
    return new Promise(() => {})
  }
  await callee.register(uri, handler)
  return { invoked }
}

/** The URI of the error with which a promise rejects, and after how many milliseconds. */
export async function failureOf(work: Promise<unknown>): Promise<{ readonly uri: string; readonly afterMs: number }> {
  const begun = performance.now()
  const uri = await work.then(
    (value) => `no error, but ${JSON.stringify(value)}`,
    (error: unknown) => (error as { uri?: string }).uri ?? String(error),
  )
  return { uri, afterMs: performance.now() - begun }
}
