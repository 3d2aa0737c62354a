// A digest of each group, as the tables made it when it was last reviewed, so that no case changes unnoticed.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { corpus } from './groups/index.ts'

export interface Digest {
  readonly cases: number
  readonly sha256: string
}

const FILE = new URL('digests.json', import.meta.url)

/** The digests of the corpus as the tables make it now, by group. */
export function digestsOfCorpus(): Readonly<Record<string, Digest>> {
  return Object.fromEntries(
    corpus().map(({ group, cases }) => {
      const sha256 = createHash('sha256').update(JSON.stringify(cases)).digest('hex')
      return [group, { cases: cases.length, sha256 }]
    }),
  )
}

export function readDigests(): Readonly<Record<string, Digest>> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Digest>>
}

export function writeDigests(): void {
  writeFileSync(FILE, `${JSON.stringify(digestsOfCorpus(), null, 2)}\n`)
}
