// Shows what bash completes by the generated script, and that the scripts know the whole tree.

import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { result } from '../testing/running-command.ts'

const HAS_BASH = spawnSync('bash', ['-c', 'true']).status === 0

/** What bash offers for the last word of each line. */
async function completions(...lines: string[][]): Promise<string[][]> {
  const { out } = await result('completion', 'bash')
  const asked = lines.map((words) => `ask ${words.map((word) => `'${word}'`).join(' ')}\n`).join('')
  const script = `${out}
trunkline() { printf '%s\\n' '{"name":"prod","current":true}' '{"name":"test","current":false}'; }
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trunkline; echo "\${COMPREPLY[*]}"; }
${asked}`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout
    .split('\n')
    .slice(0, lines.length)
    .map((line) => line.split(' '))
}

describe('trunkline completion', () => {
  it.skipIf(!HAS_BASH)('completes commands, options, their words, names of contexts, and files in bash', async () => {
    const [all, nested, options, words, short, contexts, context, files, shells, values] = await completions(
      ['trunkline', ''],
      ['trunkline', 'context', 'a'],
      ['trunkline', 'call', 'com.example.add', '--re'],
      ['trunkline', 'call', '--login', ''],
      ['trunkline', 'subscribe', 'a', '--match', 'p'],
      ['trunkline', 'call', '--context', ''],
      ['trunkline', 'context', 'use', 't'],
      ['trunkline', 'call', '--ca', 'packages/cli/pack'],
      ['trunkline', 'completion', ''],
      ['trunkline', 'call', '--realm', ''],
    )
    expect(all).toEqual(expect.arrayContaining(['dev', 'call', 'context', 'completion']))
    expect(all).not.toContain('help')
    expect([nested, options, words, short]).toEqual([
      ['add'],
      ['--realm', '--repeat'],
      ['ticket', 'wampcra', 'scram', 'cryptosign', 'jwt'],
      ['prefix'],
    ])
    expect([contexts, context, files, shells, values]).toEqual([
      ['prod', 'test'],
      ['test'],
      ['packages/cli/package.json'],
      ['bash', 'zsh', 'fish'],
      [''],
    ])
  })

  it.each(['bash', 'zsh', 'fish'])('knows every command and option for %s', async (shell) => {
    const { out } = await result('completion', shell)
    for (const text of ["'trunkline context add'", "'trunkline contract diff'", 'admin-realm', 'dry-run', 'cryptosign']) {
      expect(out).toContain(text)
    }
  })

  it('ends with 2 for another shell', async () => {
    expect(await result('completion', 'tcsh')).toMatchObject({ code: 2, err: expect.stringContaining('bash, zsh, fish') as string })
  })
})
