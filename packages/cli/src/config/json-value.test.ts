// Shows how JSON is read without its places, and that a mistake in it is still reported with its place.

import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { jsonValueOf } from './json-value.ts'
import { ConfigError } from './problems.ts'

describe('jsonValueOf', () => {
  it.each(['{}', '[]', 'null', '"a:b"', '{"a":1,"b":{"a":[{"a":1},"\\"a\\":1"]}}', '{ "a\\"" : "\\\\", "b": ":" }', '{"__proto__":1}'])(
    'reads the whole of %s',
    (text) => {
      expect(jsonValueOf(text)).toEqual({ value: JSON.parse(text), isWhole: true })
    },
  )

  it.each(['{"a":1,"a":2}', '[{"b":{"a":1,"a":1}}]', '{"a":1,"\\u0061":2}', '{"\\\\":1,"\\\\":":"}', '{"__proto__":1,"__proto__":1}'])(
    'sees that a name comes twice in %s',
    (text) => {
      expect(jsonValueOf(text)).toEqual({ value: JSON.parse(text), isWhole: false })
    },
  )

  it.each(['', 'a: 1', '{"a":1,}', '{"a":1}}', '[1', "{'a':1}"])('reads nothing of %j', (text) => {
    expect(jsonValueOf(text)).toBeUndefined()
  })

  it('leaves alone what is nested too deep', () => {
    expect(jsonValueOf(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)).toBeUndefined()
  })
})

describe('a configuration in JSON', () => {
  const config = {
    listeners: [{ websocket: { host: '127.0.0.1', port: 0 } }],
    realms: { a: { roles: { r: [] }, users: { '007': { role: 'r', ticket: 't' } } } },
  }

  function mistakes(text: string): readonly string[] {
    try {
      parseConfig(text, 'a.json')
      return []
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.problems.map(({ line, column, path, text: what }) => `${line}:${column} ${path} ${what}`)
    }
  }

  it('is what the same in YAML is', () => {
    const text = JSON.stringify(config, null, 2)
    const inYaml = `${text}\n# no JSON`
    expect(parseConfig(text, 'a')).toEqual(parseConfig(inYaml, 'a'))
    expect(Object.keys(parseConfig(text, 'a').document.realms['a']?.users ?? {})).toEqual(['007'])
  })

  it('tells mistakes with their line and column', () => {
    const text = JSON.stringify(config, null, 2)
    expect(mistakes(text.replace('"port": 0', '"port": "0", "prot": 1'))).toEqual([
      '6:17 listeners[0].websocket.port expected a whole number from 0 to 65535, found a text of 1 character',
      "6:22 listeners[0].websocket.prot unknown key; did you mean 'port'?",
    ])
    expect(mistakes(text.replace('"role": "r"', '"role": "q"'))).toEqual([
      '17:19 realms.a.users["007"].role there is no such role in realms.a.roles; did you mean \'r\'?',
    ])
  })

  it('tells a name that comes twice', () => {
    expect(mistakes(JSON.stringify(config).replace('"port":0', '"port":0,"port":1'))).toEqual([
      "1:57 listeners[0].websocket 'port' appears twice",
    ])
  })
})
