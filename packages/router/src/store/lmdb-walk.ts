// Reads a file of a store in a process of its own: lmdb trusts its pages, and one that points to nowhere ends the process that reads it.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Log } from '../core/ports/index.ts'

/** The other process ends with this code when it has found damage, which it writes out. */
const DAMAGED = 3

/**
 * A whole program, since it has no file of its own where the router is bundled. Every value begins with a checksum of the rest. Unless all
 * chunks are to be read, of each log only the newest are.
 */
const PROGRAM = `
const { crc32 } = require('node:zlib')
const [lmdb, path, mode] = process.argv.slice(1)
const { open } = require(lmdb)
const newest = 64
const db = open({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary', cache: false, readOnly: true })
const damaged = (what) => { process.stdout.write(what); process.exit(${DAMAGED}) }
const check = (key) => {
  const value = db.getBinary(key)
  if (value === undefined || value.length < 4 || value.readUInt32BE(0) !== crc32(value.subarray(4))) damaged('a checksum does not fit')
}
try {
  const format = db.getBinary(Buffer.from('f'))
  if (format === undefined) {
    for (const key of db.getKeys({ start: Buffer.of(1), limit: 1 })) damaged('its format is not there')
    process.exit(0)
  }
  // Another version is not judged here.
  check(Buffer.from('f'))
  if (JSON.parse(format.toString('utf8', 4)).format !== 1) process.exit(0)
  let [chunks, log] = [[], '']
  const checkChunks = () => { for (const key of chunks) check(key); chunks = [] }
  for (const key of db.getKeys({ start: Buffer.of(1) })) {
    if (key[0] !== 0x65 || mode === 'full') { check(Buffer.from(key)); continue }
    const name = key.toString('latin1', 0, 9)
    if (name !== log) checkChunks()
    log = name
    chunks.push(Buffer.from(key))
    if (chunks.length > newest) chunks.shift()
  }
  checkChunks()
} catch (error) { damaged(String(error)) }
`

/** @returns what is damaged; undefined when nothing is, or it could not be found out */
export function walk(path: string, { isFull, log }: { readonly isFull: boolean; readonly log: Log }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lmdb = createRequire(import.meta.url).resolve('lmdb')
    const child = spawn(process.execPath, ['-e', PROGRAM, lmdb, path, isFull ? 'full' : 'newest'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const [said, errors]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (octets: Buffer) => said.push(octets))
    child.stderr.on('data', (octets: Buffer) => errors.push(octets))
    const unknown = (error: string): void => {
      log.warn('the event store could not be checked', { area: 'store', error })
      resolve(undefined)
    }
    child.once('error', (error) => unknown(error.message))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGABRT') resolve(`to read it ends a process (${signal})`)
      else if (code === DAMAGED) resolve(Buffer.concat(said).toString())
      else unknown(Buffer.concat(errors).toString().slice(0, 1_000) || `exit code ${code}`)
    })
  })
}
