// HELLOs of other nodes, with a secret and without.

import { universalText } from '@trunkline/protocol'
import { ascii } from '@trunkline/testkit'
import type { Hello, Seal } from '../../../packages/router/src/fabric/hello.ts'
import { readHello, writeHello } from '../../../packages/router/src/fabric/hello.ts'
import type { Target } from './target.ts'
import { check, isSame } from './target.ts'

const LONGEST = 4_096

export function clusterHelloTarget(): Target {
  return {
    name: 'cluster-hello',
    files: /router\/src\/fabric\/hello\.ts/,
    seeds: [writeHello(HELLO, universalText), writeHello({ ...HELLO, state: 'joining' }, universalText, SEAL), ascii('{}')],
    tokens: WORDS.map(ascii),
    run(input) {
      const sealed = readHello(input, universalText, SEAL)
      const open = readHello(input, universalText)
      check(typeof sealed === 'string' || typeof open === 'string', 'taken with a secret and without')
      const hello = typeof sealed === 'string' ? open : sealed
      if (typeof hello === 'string') return `${hello} ${String(sealed)}`
      checkWritten(hello)
      return `${typeof sealed === 'string' ? 'open' : 'sealed'}, ${hello.state}`
    },
  }
}

/** Written and read again it is the same, but for realms for which there was no room. */
function checkWritten(hello: Hello): void {
  const octets = writeHello(hello, universalText, SEAL)
  check(octets.length <= LONGEST, 'a HELLO is too long')
  const again = readHello(octets, universalText, SEAL)
  if (typeof again === 'string') return check(false, 'what was written is not read')
  check(isSame(again, hello), 'what was written is read as another')
}

const HELLO: Hello = {
  version: 1,
  least: 1,
  node: 'a',
  boot: 1,
  time: 2,
  state: 'up',
  host: 'h',
}
/** A sum: it only has to differ where texts do. */
const SEAL: Seal = {
  sign(text) {
    let sum = 7
    for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + (text.codePointAt(i) ?? 0)) >>> 0
    return sum.toString(16).padStart(16, '0')
  },
  isSigned: (text, mac) => SEAL.sign(text) === mac,
}
const WORDS = [
  '"v":',
  '"least":',
  '"node":"a"',
  '"state":"up"',
  '"realms":{',
  '"host":"',
  ',"mac":"',
  '0123456789abcdef',
  '__proto__',
  '"]}',
]
