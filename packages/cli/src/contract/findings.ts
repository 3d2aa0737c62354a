// What is wrong with a contract beyond its form: its URIs, and what a router could not do well.

import { isForRouter, isUri } from '@trunkline/protocol'
import type { ContractFile } from './contract-file.ts'
import { pathOf, payloadsOf, schemasOf } from './contract-file.ts'

export interface Findings {
  /** Sentences that begin with the place. */
  readonly errors: string[]
  readonly warnings: string[]
}

const PARAMETER = /^\{(\w+)(:int|\*)?\}$/
const VERSION = /^\d+\.\d+\.\d+$/

/** All that should be changed. */
export function findingsIn(contract: ContractFile): Findings {
  const { procedures, topics, errors, version } = contract
  const found: Findings = { errors: [], warnings: [] }
  if (!VERSION.test(version)) found.errors.push(`version: expected three numbers such as 1.2.0, found '${version}'`)
  for (const [kind, uris] of Object.entries({ procedures: Object.keys(procedures), topics: Object.keys(topics) })) {
    for (const uri of uris) checkUri(uri, pathOf([kind, uri]), found)
    checkOverlaps(uris, kind, found)
  }
  for (const uri of Object.keys(errors))
    if (!isUri(uri, 'exact', 'strict')) found.warnings.push(`${pathOf(['errors', uri])}: ${NOT_STRICT}`)
  const undescribed = [...Object.entries(procedures), ...Object.entries(topics)].filter(([, { doc }]) => doc === undefined)
  if (undescribed.length > 0) found.warnings.push(`without a description: ${undescribed.map(([uri]) => uri).join(', ')}`)
  for (const { keys, schema } of payloadsOf(contract).flatMap(schemasOf)) checkPatterns(schema, pathOf(keys), found)
  return found
}

const NOT_STRICT = 'some routers refuse it: they take lower-case letters, digits and _ alone'

function checkUri(uri: string, at: string, { errors, warnings }: Findings): void {
  const parts = uri.split('.').map((text) => ({ text, parameter: PARAMETER.exec(text) }))
  const names = parts.flatMap(({ parameter }) => parameter?.[1] ?? [])
  const say = (text: string): void => void errors.push(`${at}: ${text}`)
  for (const [i, { text, parameter }] of parts.entries()) {
    if (parameter === null && /[{}]/.test(text)) say(`'${text}' is no parameter such as {name}, {name:int} or {name*}`)
    if (parameter?.[2] === '*' && i < parts.length - 1) say(`${text} stands for all that follows, so it must be last`)
  }
  if (new Set(names).size < names.length) say('a parameter comes twice')
  if (isForRouter(uri)) say('the first component is reserved for routers')
  const plain = parts.filter(({ parameter }) => parameter === null).map(({ text }) => text)
  if (plain.length > 0 && !isUri(plain.join('.'), 'exact', 'strict')) warnings.push(`${at}: ${NOT_STRICT}`)
}

/** Entries whose URIs fit both: a call could come to either. */
function checkOverlaps(uris: readonly string[], kind: string, { errors, warnings }: Findings): void {
  const read = uris.map((uri) => ({ uri, parts: uri.split('.'), isOpen: uri.endsWith('*}') }))
  for (const [i, a] of read.entries()) {
    for (const b of read.slice(i + 1)) {
      if (!overlap(a, b)) continue
      const isSame = maskOf(a.uri) === maskOf(b.uri)
      if (isSame) errors.push(`${kind}: ${a.uri} and ${b.uri} take the same URIs`)
      else warnings.push(`${kind}: ${a.uri} and ${b.uri} share some URIs; the more specific of them gets these`)
    }
  }
}

interface Read {
  readonly parts: readonly string[]
  /** Whether the last parameter stands for all that follows. */
  readonly isOpen: boolean
}

function overlap(a: Read, b: Read): boolean {
  const least = Math.min(a.parts.length, b.parts.length)
  const isLengthFit = a.parts.length === b.parts.length || (a.isOpen && a.parts.length === least) || (b.isOpen && b.parts.length === least)
  return (
    isLengthFit &&
    a.parts.slice(0, least).every((text, i) => PARAMETER.test(text) || PARAMETER.test(b.parts[i] ?? '') || text === b.parts[i])
  )
}

function maskOf(uri: string): string {
  return uri
    .split('.')
    .map((text) => text.replace(PARAMETER, (_, __, mark?: string) => (mark === '*' ? '{*}' : '{}')))
    .join('.')
}

/** A repeated group that repeats something: a stranger can send a text for which that takes years. */
const NESTED_REPETITION = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/

function checkPatterns(value: unknown, at: string, { warnings }: Findings): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value)) {
    const expressions = key === 'pattern' ? [each] : key === 'patternProperties' ? Object.keys(each as object) : []
    for (const text of expressions) {
      if (NESTED_REPETITION.test(String(text)))
        warnings.push(`${at}: the expression ${String(text)} repeats a repetition; for some texts that takes very long`)
    }
    checkPatterns(each, at, { errors: [], warnings })
  }
}
