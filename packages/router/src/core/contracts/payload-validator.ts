// A declared payload as a function.

import type { Payload } from '@trunkline/protocol'
import { itemsWithin, PayloadError, UsageError } from '@trunkline/protocol'
import type { TimeLimit } from '../ports/clock.ts'
import type { ContractPayload } from '../ports/contracts.ts'
import type { SchemaFault, Validator } from './json-schema.ts'
import { compileSchema } from './json-schema.ts'
import { Work } from './schema-work.ts'
import { isDict } from './schema-steps.ts'

/**
 * The first fault of a payload, its path from `/args` or `/kwargs`; undefined when it is as declared.
 * @param whenLong runs a check that may take long, unless it returns its second argument in place of it; it is the owner's
 *   who made a payload of so many octets
 */
export type PayloadValidator = (payload: Payload | undefined, whenLong: LongCheck) => SchemaFault | undefined

type Check = (limit: TimeLimit) => SchemaFault | undefined
type LongCheck = (check: Check, late: SchemaFault, octets: number) => SchemaFault | undefined

/** Lists, dicts and entries of a payload that is checked: decoded values take many times the memory of their octets. */
const MOST_PARTS = 100_000
/** For what surely takes little time. */
const AT_EASE: TimeLimit = { run: (task) => task() }
const TOO_LONG: SchemaFault = { path: '', pathForLog: '', message: 'takes too long to be checked, alone or with others of its sender' }

interface Position {
  readonly isRequired: boolean
  readonly validate: Validator
}

/**
 * Compiles a declared payload. Positions beyond those declared pass, so that callers of a newer contract may send more.
 * @param at the place in the contract, for errors
 * @throws {UsageError}
 */
export function payloadValidator(declared: ContractPayload, at: string): PayloadValidator {
  if (!isDict(declared) || !Array.isArray(declared.args)) throw new UsageError(`${at}: must have a list 'args'`)
  const positions = declared.args.map(({ required, schema }, i): Position => {
    return { isRequired: required !== false, validate: compiled(schema, `${at}.args[${i}].schema`) }
  })
  const keywords = declared.kwargs === undefined ? undefined : compiled(declared.kwargs, `${at}.kwargs`)
  const octetsAtEase = Math.min(
    ...[...positions.map(({ validate }) => validate), ...[keywords ?? []].flat()].map((each) => each.octetsAtEase),
  )
  return (payload, whenLong) => {
    const find = (limit: TimeLimit, work: Work): SchemaFault | undefined => {
      // Not cut off: reading changes what lasts.
      const items = itemsOf(payload)
      if (items instanceof PayloadError) return { path: '', pathForLog: '', message: `cannot be checked: ${items.message}` }
      const [args = [], kwargs = {}] = items
      return limit.run(() => argsFault(positions, args, work) ?? within('/kwargs', keywords?.(kwargs, work)), TOO_LONG)
    }
    const octets = payload?.raw.byteLength ?? 0
    if (octets <= octetsAtEase) {
      const work = Work.easy(octets)
      const fault = find(AT_EASE, work)
      if (!work.isSpent) return fault
    }
    return whenLong((limit) => find(limit, Work.most(octets)), TOO_LONG, octets)
  }
}

function compiled(schema: ContractPayload['kwargs'], at: string): Validator {
  try {
    return compileSchema(schema as never)
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${at}: ${error.message}`)
    throw error
  }
}

function itemsOf(payload: Payload | undefined): ReturnType<typeof itemsWithin> | PayloadError {
  try {
    return itemsWithin(payload, MOST_PARTS)
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}

function argsFault(positions: readonly Position[], args: readonly unknown[], work: Work): SchemaFault | undefined {
  for (const [i, { isRequired, validate }] of positions.entries()) {
    const value = args[i]
    // A position that was left out before others travels as null.
    if (!isRequired && (i >= args.length || value === null)) continue
    if (i >= args.length) return { path: `/args/${i}`, pathForLog: `/args/${i}`, message: 'is missing' }
    const fault = within(`/args/${i}`, validate(value, work))
    if (fault !== undefined) return fault
  }
  return undefined
}

function within(place: string, fault: SchemaFault | undefined): SchemaFault | undefined {
  return fault && { path: place + fault.path, pathForLog: place + fault.pathForLog, message: fault.message }
}
