// Shows which exit code each kind of error has.

import { ApplicationError, ConnectError, DisconnectedError, PayloadError, ProtocolError, UsageError } from '@trunkline/client'
import { ContractViolation } from '@trunkline/contract'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { EXIT_CODES, exitCodeLines, exitCodeOf } from './exit-codes.ts'
import { Interrupted, NoAnswerError } from './waiting.ts'

const lost = (reason: string): DisconnectedError => new DisconnectedError(true, { reason, wasClean: false, by: 'router', details: {} })

describe('exitCodeOf', () => {
  it.each([
    ['a WAMP ERROR', new ApplicationError('com.example.error'), 1],
    ['an answer that is not understood', new ContractViolation('the result', 'com.example.procedure', []), 1],
    ['a bug in the arguments', new UsageError('bad'), 2],
    ['a value that cannot be sent', new PayloadError('bad'), 2],
    ['a wrong command line', new CommanderError(1, 'commander.unknownOption', 'bad'), 2],
    ['help', new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
    ['no connection', new ConnectError('TL_CONNECT_FAILED', 'no'), 3],
    ['no such realm', new ConnectError('TL_CONNECT_REFUSED', 'no', { reason: 'wamp.error.no_such_realm' }), 3],
    ['a lost session', lost('wamp.close.system_shutdown'), 3],
    ['no answer in time', new NoAnswerError(1_000), 3],
    ['a port that is taken', new UsageError('taken', 'TL_LISTEN'), 3],
    ['an ERROR not_authorized', new ApplicationError('wamp.error.not_authorized'), 4],
    ['an ERROR authorization_failed', new ApplicationError('wamp.error.authorization_failed'), 4],
    ['a refused login', new ConnectError('TL_CONNECT_REFUSED', 'no', { reason: 'wamp.error.authentication_failed' }), 4],
    [
      'a login method that is not allowed',
      new ConnectError('TL_CONNECT_REFUSED', 'no', { reason: 'wamp.error.no_matching_auth_method' }),
      4,
    ],
    ['a challenge that cannot be answered', new ConnectError('TL_CONNECT_CHALLENGE', 'no'), 4],
    ['Ctrl-C', new Interrupted('SIGINT'), 130],
    ['SIGTERM', new Interrupted('SIGTERM'), 143],
    ['a fault of our own', new TypeError('bug'), 70],
    ['a protocol fault that escaped', new ProtocolError('bug'), 70],
  ])('has a code for %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })

  it('lists every code once for the help', () => {
    const codes = exitCodeLines()
      .split('\n')
      .map((line) => Number(line.trim().split(' ')[0]))
    expect(codes).toEqual(Object.values(EXIT_CODES).map(({ code }) => code))
    expect(new Set(codes).size).toBe(codes.length)
  })
})
