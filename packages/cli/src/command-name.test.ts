// Shows how the command names itself in lines to copy.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandName } from './command-name.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-command-name-'))
  for (const place of ['bin', 'project/node_modules/.bin']) {
    await mkdir(join(folder, place), { recursive: true })
    await writeFile(join(folder, place, 'trunkline'), '')
  }
})

afterAll(() => rm(folder, { recursive: true }))

describe('commandName', () => {
  it('is the bare name where it is on the path', () => {
    expect(commandName({ env: { PATH: `/nowhere:${join(folder, 'bin')}` }, cwd: folder, script: '/x/trunkline.js' })).toBe('trunkline')
  })

  it('goes through npx where it was started so, or lies in a project', () => {
    expect(commandName({ env: { npm_command: 'exec', PATH: join(folder, 'bin') }, cwd: folder, script: 'x.js' })).toBe('npx trunkline')
    const project = join(folder, 'project')
    const path = join(project, 'node_modules/.bin')
    expect(commandName({ env: { PATH: path }, cwd: project, script: 'x.js' })).toBe('npx trunkline')
  })

  it('is the script with node everywhere else', () => {
    expect(commandName({ env: {}, cwd: folder, script: join(folder, 'cli/bin/trunkline.js') })).toBe('node cli/bin/trunkline.js')
    const executable = join(folder, 'bin/trunkline-1')
    expect(commandName({ env: {}, cwd: folder, script: executable, program: executable })).toBe('./bin/trunkline-1')
  })
})
