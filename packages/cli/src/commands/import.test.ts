// Shows the command `import`: what it writes and prints, and how it ends.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { result } from '../testing/running-command.ts'

const NODE = {
  version: 2,
  workers: [
    {
      type: 'router',
      realms: [{ name: 'realm1', roles: [{ name: 'anonymous', permissions: [{ uri: 'com.example.*', allow: { call: true } }] }] }],
      transports: [{ type: 'rawsocket', endpoint: { type: 'tcp', port: 8081 } }],
      components: [{ type: 'class', classname: 'app.App' }],
    },
  ],
}

describe('trunkline import crossbar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-import-'))
  const file = join(folder, 'config.json')
  beforeAll(() => writeFileSync(file, JSON.stringify(NODE)))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('writes a file that passes the check, for its owner alone, and says on stderr what is to be looked at', async () => {
    const output = join(folder, 'trunkline.yaml')
    const { code, out, err } = await result('import', 'crossbar', file, '--output', output)
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(
      /^1 listener, 1 realm; one thing needs your attention\n  .*components\[0\]: not carried over.*\nNext: trunkline check /,
    )
    expect(statSync(output).mode & 0o777).toBe(0o600)
    expect(await result('check', output)).toEqual({ code: 0, out: `${output} is fine: 1 listener, 1 realm\n`, err: '' })
    const again = await result('import', 'crossbar', file, '-o', output)
    expect(again).toMatchObject({ code: 2, err: `error: cannot write ${output}: it exists already\n` })
  })

  it('prints the file where none is named', async () => {
    const { code, out } = await result('import', 'crossbar', file)
    expect(code).toBe(0)
    expect(out).toBe(readFileSync(join(folder, 'trunkline.yaml'), 'utf8'))
  })

  it.each(['{', '[]', '{"version": 1}'])('ends with 2 for %s', async (text) => {
    const broken = join(folder, 'broken.json')
    writeFileSync(broken, text)
    expect((await result('import', 'crossbar', broken)).code).toBe(2)
  })

  it('ends with 2 for a file that is not there', async () => {
    expect(await result('import', 'crossbar', join(folder, 'none.json'))).toMatchObject({ code: 2 })
  })
})
