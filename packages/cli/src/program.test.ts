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

  it.each(['--version', '-V', '-v', 'version'])('prints its version: %s', async (word) => {
    expect(await result(word)).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, err: '' })
  })

  it('loads each command by its name', async () => {
    const { out } = await result('--help')
    const names = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
    expect(names).toContain('call')
    for (const name of names) expect((await result(name, '--help')).out).toMatch(new RegExp(`^Usage: trunkline ${name}\\b`))
  })

  it('shows its commands in groups, each in a line of a terminal', async () => {
    const { out } = await result('--help')
    for (const line of out.split('\n')) expect(line).toMatch(/^(?! {8}).{0,80}$/)
    expect(out.match(/^[A-Z].*:$/gm)).toEqual([
      'Options:',
      'Run a router:',
      'Operate a router that runs:',
      'Users and secrets:',
      'Use any WAMP router:',
      'Contracts, tests and measurements:',
      'This command:',
      'Exit codes:',
    ])
  })

  it('shows examples in the help of a command', async () => {
    expect((await result('call', '--help')).out).toContain('trunkline call com.example.add 2 3')
  })

  it.each([
    [['cal'], 'unknown command', 'Did you mean call?'],
    [['cal', '--help'], 'unknown command', 'Did you mean call?'],
    [['help', 'cal'], 'unknown command', 'Did you mean call?'],
    [['config', 'shw', '--help'], 'unknown command', 'Did you mean show?'],
    [['call', 'a.b', '{"a": 1'], 'is not JSON', '--string'],
    [['publish', 'a.b', 'x=[1'], 'is not JSON', '--string'],
    [['call', '--relm', 'x'], 'unknown option', 'Did you mean --realm?'],
    [['call', 'a.b', '--serializer', 'cobr'], 'Expected json, msgpack, cbor', "did you mean 'cbor'?"],
    [['call', 'a.b', '--timeout', '5'], 'Expected a duration', '--help'],
    [['call'], 'missing required argument', '--help'],
    [['subscribe', 'a.b', '--match', 'prefx'], 'Expected exact, prefix, wildcard', "did you mean 'prefix'?"],
    [['subscribe', 'a.b', '--count', '0'], 'whole number', '--help'],
    [['dev', '--port', '65536'], 'Expected a port', '--help'],
    [['start'], 'no configuration here', 'trunkline init'],
    [['start', '--confg', 'x'], 'unknown option', 'Did you mean --config?'],
    [['start', '--config', 'none.yaml', '--pid-file', '/none/x'], 'cannot read the configuration', ''],
    [['check'], 'no configuration here', 'trunkline init'],
    [['check', 'a', 'b'], 'too many arguments', '--help'],
    [['start', 'bus.yaml'], 'the file is named by --config bus.yaml', '--help'],
    [['config', 'shw'], 'unknown command', 'Did you mean show?'],
    [['init', '--template', 'big'], 'Allowed choices are minimal, production', '--help'],
    [['init', '--output', '/none/x.yaml'], 'cannot write /none/x.yaml', ''],
    [['health', 'ws://127.0.0.1'], 'Expected http:// or https://', ''],
    [['health', 'localhost'], 'Expected a URL', '--help'],
    [['health', 'http://a:b@127.0.0.1'], 'would show it to all', ''],
    [['keys', 'old'], 'unknown command', '--help'],
    [['keys', 'new', '--output', '/none/x'], 'cannot write /none/x', ''],
    [['token', '--jsn'], 'unknown option', 'Did you mean --json?'],
    [['salt', '--kdf', 'bcrypt'], 'Allowed choices are argon2id13, pbkdf2', '--help'],
    [['salt', '--method', 'wampcra', '--memory', '64'], 'are for --method scram', ''],
    [['salt', '--kdf', 'pbkdf2', '--memory', '64'], 'is for --kdf argon2id13', ''],
    [['salt', '--memory', '1'], 'Expected 8 to 4194304 KiB', '--help'],
    [['salt'], 'expected a password on stdin', ''],
    [['reload', '--pid-file', '/none/x'], 'cannot read /none/x: there is no such file', ''],
    [['call', 'a.b', '--login', 'ticket'], '--login ticket needs --authid', ''],
    [['call', 'a.b', '--login', 'ticket', '--authid', 'a'], 'needs a secret', 'TRUNKLINE_SECRET'],
    [['call', 'a.b', '--login', 'tickt'], 'Allowed choices are ticket', '--help'],
    [['register', 'a.b'], 'either --exec', '--echo'],
    [['call', 'a.b', 'x=1', 'x=2'], "argument 'x' is given twice", ''],
    [['call', 'a.b', '--option', 'x'], 'expected key=value', ''],
    [['call', 'a.b', '--url', 'http://127.0.0.1'], 'http:// is none of ws://, wss://, rs://, rss://', ''],
    [['call', 'a.b', '--realm', 'not a uri'], 'not a uri', ''],
  ])('ends with 2 and a hint for the command line %j', async (words, text, hint) => {
    const { code, out, err } = await result(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(text)
    expect(err).toContain(hint)
  })
})
