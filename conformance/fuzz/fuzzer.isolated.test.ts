// The fuzzer finds what it is there to find. Alone in its process: V8 counts what runs in all of it, which takes ten times as long beside others.

import { ascii } from '@trunkline/testkit'
import { expect, it } from 'vitest'
import { V8Coverage } from './coverage.ts'
import { Fuzzer } from './fuzzer.ts'
import { Random } from './random.ts'
import type { Target } from './targets/target.ts'
import { Fault } from './targets/target.ts'

it('the fuzzer finds a fault behind four octets in a row, which chance alone would not', async () => {
  const coverage = new V8Coverage()
  coverage.start()
  const fuzzer = new Fuzzer(planted, coverage, new Random(1))
  const found = new AbortController()
  for (let i = 0; i < 400 && !found.signal.aborted; i++) {
    await fuzzer.search(0.1, found.signal)
    if (fuzzer.crashes.size > 0) found.abort()
  }
  coverage.stop()
  const [crash] = fuzzer.crashes.values()
  expect(crash?.error).toBe('Fault: planted')
  expect(crash?.input).toEqual(ascii('fail'))
  expect(fuzzer.reached.summary.functions).toBeGreaterThan(0)
}, 60_000)

/** Reads four octets one after the other; each is a branch of its own. */
const planted: Target = {
  name: 'planted',
  files: /fuzzer\.isolated\.test\.ts/,
  seeds: [ascii('----')],
  tokens: [],
  run(input) {
    if (input[0] !== 0x66) return 'no'
    if (input[1] !== 0x61) return 'no'
    if (input[2] !== 0x69) return 'no'
    if (input[3] !== 0x6c) return 'no'
    throw new Fault('planted')
  },
}
