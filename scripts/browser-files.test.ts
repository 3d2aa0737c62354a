import { runInNewContext } from 'node:vm'
import * as client from '@trunkline/client'
import * as auth from '@trunkline/client/auth'
import { beforeAll, describe, expect, it } from 'vitest'
import { browserFiles } from './browser-files.mjs'

describe('the files for pages without a bundler', () => {
  let files: Awaited<ReturnType<typeof browserFiles>>
  beforeAll(async () => void (files = await browserFiles()))

  it('set the global `trunkline`, which has all of the client and its logins', () => {
    const names = runInNewContext(`${files.asScript.text}; Object.keys(trunkline)`, { TextEncoder, TextDecoder }) as string[]
    expect([...names].sort()).toEqual([...Object.keys(client), ...Object.keys(auth)].sort())
  })

  it('export the same as a module', () => {
    const [, exported = ''] = /export\{([^}]*)\}/.exec(files.asModule.text) ?? []
    const names = exported.split(',').map((each) => each.replace(/.* as /, ''))
    expect(names.sort()).toEqual([...Object.keys(client), ...Object.keys(auth)].sort())
  })

  it('import nothing', () => {
    for (const { text } of Object.values(files)) expect(text).not.toMatch(/from\s*["']|import\s*\(|require\(/)
  })
})
