// Counts the promises that held and those that did not, and prints them. Knows no router.

import { isDeepStrictEqual } from 'node:util'

export class Report {
  passed = 0
  failed = 0

  /** One promise; it holds when the work ends without an error. */
  async check(promise: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      this.passed++
      console.log(`ok      ${promise}`)
    } catch (error) {
      this.failed++
      console.log(`FAILED  ${promise}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
}

/** @throws {Error} when the two are not the same */
export function same(found: unknown, expected: unknown, what = ''): void {
  if (!isDeepStrictEqual(found, expected)) throw new Error(`${what} expected ${shown(expected)}, found ${shown(found)}`)
}

/** The URI with which a request is refused. @throws {Error} when it is not refused */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) throw new Error('was not refused')
  const { uri, reason, code } = error as { uri?: string; reason?: string; code?: string }
  return uri ?? reason ?? code ?? String(error)
}

/** A value that will come. */
export function awaited(): { readonly promise: Promise<unknown>; readonly resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((done) => (resolve = done))
  return { promise, resolve }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
