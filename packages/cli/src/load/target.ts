// The router that a load goes to: one of its own, as a process beside, or one that the user names, and names twice when it is not
// on this machine.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { UsageError } from '@trunkline/client'
import { isLoopback } from '../loopback.ts'
import { ownProgram } from '../package-files.ts'

/** A router to load. */
export interface Target {
  readonly url: string
  readonly isOwn: boolean
  /** Ends a router of its own. */
  close(): void
}

/**
 * Checks that a load on a router is meant.
 * @param confirmed the host of the router once more, as the user gave it
 * @throws {UsageError} when the router is not on this machine, and its host was not given
 */
export function checkMeant(url: string, confirmed: string | undefined): void {
  if (!URL.canParse(url)) throw new UsageError(`--url ${url}: expected a URL such as ws://127.0.0.1:8080/ws`)
  const { hostname, protocol } = new URL(url)
  if (protocol === 'rs+unix:' || isLoopback(hostname.replaceAll(/[[\]]/g, '')) || confirmed === hostname) return
  const text = `${hostname} is not this machine: a load test may harm others who use that router`
  throw new UsageError(`${text}; if it is yours to load, say so by --yes-load ${hostname}`)
}

/** A router named by its URL. */
export function namedTarget(url: string): Target {
  return { url, isOwn: false, close: () => undefined }
}

/**
 * Starts a router in a process of its own.
 * @throws {Error} (rejects) when it ends before it listens
 */
export async function ownTarget(): Promise<Target> {
  const { program, script } = ownProgram()
  const words = [...script, 'dev', '--port', '0', '--rawsocket-port', '0', '--json-logs']
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const close = (): void => void child.kill('SIGTERM')
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /"address":"(ws:[^"]+)"/.exec(line) ?? []
    if (url === undefined) continue
    child.stdout.resume()
    return { url, isOwn: true, close }
  }
  throw new Error('the router of the benchmark ended before it listened')
}
