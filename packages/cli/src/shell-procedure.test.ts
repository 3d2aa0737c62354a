// Shows what a call gets of a shell command: its output, its failure, its turn among others, and its end.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Invocation } from '@trunkline/client'
import { afterAll, describe, expect, it } from 'vitest'
import { JsonText } from './json-text.ts'
import { ShellProcedure } from './shell-procedure.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-shell-'))
afterAll(() => rmSync(folder, { recursive: true }))

const invocation = (args: unknown[] = [], kwargs: Record<string, unknown> = {}): Invocation =>
  ({ args, kwargs, procedure: 'com.example.run' }) as unknown as Invocation
const answer = (command: string, ...args: unknown[]): Promise<unknown> =>
  new ShellProcedure(command, 1, new JsonText()).answer(invocation(args))

describe('the answer of a command', () => {
  it.each<[string, string, unknown]>([
    ['JSON', 'echo \'{"a": [1, 9007199254740993]}\'', { a: [1, 9007199254740993n] }],
    ['a text, without its last line end', 'printf "one\\ntwo\\n"', 'one\ntwo'],
    ['a text with the line end of Windows', 'printf "one\\r\\n"', 'one'],
    ['nothing', 'true', undefined],
    ['nothing but a line end', 'echo', undefined],
    ['an empty text in JSON', 'echo \'""\'', ''],
  ])('is what it prints: %s', async (_what, command, expected) => {
    expect(await answer(command)).toEqual(expected)
  })

  it('leaves out what it prints for errors', async () => {
    expect(await answer('echo warning >&2; echo 1')).toBe(1)
  })

  it('has a second line of input only where there are keyword arguments', async () => {
    const shell = new ShellProcedure('wc -l', 1, new JsonText())
    expect(await shell.answer(invocation([1]))).toBe(1)
    expect(await shell.answer(invocation([1], { a: 1 }))).toBe(2)
  })

  it('is as long as 16 MiB, errors included, and no longer', async () => {
    const most = 16 * 1024 * 1024
    expect(await answer(`head -c ${most} /dev/zero | tr '\\0' x`)).toHaveLength(most)
    await expect(answer(`head -c ${most} /dev/zero | tr '\\0' x; printf 1 >&2; sleep 60`)).rejects.toMatchObject({
      uri: 'wamp.error.payload_size_exceeded',
      args: ['the command printed more than 16 MiB'],
    })
  })
})

describe('a command that fails', () => {
  it.each<[string, string, string, number | null]>([
    ['with a text', 'echo "  no such order  " >&2; exit 7', 'no such order', 7],
    ['without a text', 'exit 3', 'the command failed', 3],
    ['by a signal', 'kill -9 $$', 'the command failed', null],
  ])('%s is an error with its exit code', async (_how, command, text, exitCode) => {
    await expect(answer(command)).rejects.toMatchObject({
      uri: 'wamp.error.runtime_error',
      args: [text],
      kwargs: { exit_code: exitCode },
    })
  })

  it('gives no more of its text than 4,096 characters', async () => {
    const failure = await answer("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1").catch((error: unknown) => error)
    expect(failure).toMatchObject({ args: ['x'.repeat(4_096)] })
  })
})

describe('commands of one procedure', () => {
  it('run as many at a time as it is allowed, and a failure makes room like an answer', async () => {
    const log = join(folder, 'turns')
    writeFileSync(log, '')
    const command = `read a; echo "+$a" >> ${log}; while [ ! -e ${log}.go ]; do sleep 0.01; done; echo "-$a" >> ${log}; exit 1`
    const shell = new ShellProcedure(command, 2, new JsonText())
    const all = [1, 2, 3, 4].map((n) => shell.answer(invocation([n])).catch((error: unknown) => error))
    const begun = (): string[] =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('+'))
        .toSorted()
    await expect.poll(begun).toEqual(['+[1]', '+[2]'])
    writeFileSync(`${log}.go`, '')
    for (const failure of await Promise.all(all)) expect(failure).toMatchObject({ kwargs: { exit_code: 1 } })
    expect(begun()).toEqual(['+[1]', '+[2]', '+[3]', '+[4]'])
    // All have made room: two more run at once.
    writeFileSync(log, '')
    rmSync(`${log}.go`)
    const more = [5, 6].map((n) => shell.answer(invocation([n])).catch((error: unknown) => error))
    await expect.poll(begun).toEqual(['+[5]', '+[6]'])
    writeFileSync(`${log}.go`, '')
    await Promise.all(more)
  })

  it('are ended with all that they have started, when the procedure ends', async () => {
    const log = join(folder, 'pids')
    writeFileSync(log, '')
    const shell = new ShellProcedure(`sleep 60 & echo $! >> ${log}; wait`, 3, new JsonText())
    const all = [1, 2].map((n) => shell.answer(invocation([n])).catch((error: unknown) => error))
    const pids = (): number[] => readFileSync(log, 'utf8').split('\n').filter(Boolean).map(Number)
    await expect.poll(() => pids().length).toBe(2)
    shell.stop()
    for (const failure of await Promise.all(all)) expect(failure).toMatchObject({ kwargs: { exit_code: null } })
    const isRunning = (pid: number): boolean => /^State:\t[^ZX]/m.test(statusOf(pid))
    await expect.poll(() => pids().some(isRunning)).toBe(false)
    shell.stop()
  })
})

/** What the system knows of a process; empty when it has ended. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
