// Shows that the table of the configuration fits itself: its defaults, the JSON Schema and the reference made of it.

import { describe, expect, it } from 'vitest'
import { LineCounter, parseDocument } from 'yaml'
import { ConfigCheck } from './check.ts'
import { configJsonSchema } from './json-schema.ts'
import type { Node } from './nodes.ts'
import { configReferencePage } from './reference-page.ts'
import { References } from './references.ts'
import { CONFIG_SCHEMA } from './schema.ts'

/** Every node with the path of its keys. */
function nodesOf(node: Node, path = ''): readonly (readonly [string, Node])[] {
  const members = node.kind === 'dict' || node.kind === 'choice' ? Object.entries(node.keys) : []
  const inner = node.kind === 'list' || node.kind === 'map' ? [node.of] : node.kind === 'either' ? [node.dict] : []
  return [
    [path, node],
    ...members.flatMap(([key, member]) => nodesOf(member, `${path}.${key}`)),
    ...inner.flatMap((member) => nodesOf(member, path)),
  ]
}

const NODES = nodesOf(CONFIG_SCHEMA)

describe('the schema of the configuration', () => {
  it.each(NODES.filter(([, node]) => node.default !== undefined))('has a default that it accepts: %s', (_, node) => {
    const lines = new LineCounter()
    const document = parseDocument(node.default ?? '', { lineCounter: lines })
    const check = new ConfigCheck(document, lines, new References('.', {}))
    check.read(node)
    expect(check.problems).toEqual([])
  })

  it('says something of every key, in sentences', () => {
    for (const [path, { about }] of NODES) expect([path, about]).toEqual([path, expect.stringMatching(/^[A-Z].*[.:]$/s) as string])
  })

  it('names only keys that it has where it joins keys', () => {
    for (const [path, node] of NODES) {
      if (node.kind !== 'dict') continue
      const joined = [...Object.entries(node.onlyWith ?? {}), ...Object.entries(node.needs ?? {})].flatMap(([key, others]) => [
        key,
        ...others,
      ])
      const named = [...node.required, ...(node.exactlyOneOf ?? []), ...joined]
      expect([path, named.filter((key) => !Object.hasOwn(node.keys, key))]).toEqual([path, []])
    }
  })

  it('has every key in the JSON Schema and in the reference', () => {
    const inSchema = JSON.stringify(configJsonSchema())
    const page = configReferencePage()
    for (const [path, node] of NODES) {
      if (path === '') continue
      const key = path.split('.').at(-1) ?? ''
      expect(inSchema).toContain(JSON.stringify(node.about))
      expect(page).toContain(`| \`${key}\` |`)
    }
  })

  it('marks everything that is named like a secret as one', () => {
    const named = NODES.filter(
      ([path, { kind }]) => kind === 'text' && /\.(?:secret|password|ticket|storedKey|serverKey|routerKey)$/.test(path),
    )
    expect(named.length).toBeGreaterThan(4)
    for (const [path, node] of named) expect([path, node]).toEqual([path, expect.objectContaining({ isSecret: true }) as object])
  })
})
