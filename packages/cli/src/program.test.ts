// Shows the help, the version, and what a wrong command line is answered with.

import { describe, expect, it } from 'vitest'
import { result } from './testing/running-command.ts'

describe('trunkline', () => {
  it('shows its help, with the exit codes, when no command is given', async () => {
    const { code, out, err } = await result()
    expect(code).toBe(0)
    expect(err).toBe('')
    expect(out).toContain('Usage: trunkline')
    expect(out).toContain('Exit codes:')
  })

  it('prints its version', async () => {
    expect(await result('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, err: '' })
  })

  it('shows examples in the help of a command', async () => {
    expect((await result('call', '--help')).out).toContain('trunkline call com.example.add 2 3')
  })

  it.each([
    [['cal'], 'unknown command', 'Did you mean call?'],
    [['call', '--relm', 'x'], 'unknown option', 'Did you mean --realm?'],
    [['call', 'a.b', '--serializer', 'cobr'], 'Expected json, msgpack, cbor', "did you mean 'cbor'?"],
    [['call', 'a.b', '--timeout', '5'], 'Expected a duration', '--help'],
    [['call'], 'missing required argument', '--help'],
    [['subscribe', 'a.b', '--match', 'prefx'], 'Expected exact, prefix, wildcard', "did you mean 'prefix'?"],
    [['subscribe', 'a.b', '--count', '0'], 'whole number', '--help'],
    [['dev', '--port', '65536'], 'Expected a port', '--help'],
    [['start'], "required option '--config <file>'", '--help'],
    [['register', 'a.b'], 'either --exec', '--echo'],
    [['call', 'a.b', 'x=1', 'x=2'], "argument 'x' is given twice", ''],
    [['call', 'a.b', '--option', 'x'], 'expected key=value', ''],
    [['call', 'a.b', '--url', 'http://127.0.0.1'], 'ws, wss, rs, rss', ''],
    [['call', 'a.b', '--realm', 'not a uri'], 'not a uri', ''],
  ])('ends with 2 and a hint for the command line %j', async (words, text, hint) => {
    const { code, out, err } = await result(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(text)
    expect(err).toContain(hint)
  })
})
