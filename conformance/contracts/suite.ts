// The official test suite of JSON Schema against the validator of the router. What the validator refuses to compile must have a
// keyword that it does not promise; everything else must be answered as the suite says.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonSchema } from '@trunkline/router'
import { compileSchema } from '../../packages/router/src/core/contracts/json-schema.ts'

interface Group {
  readonly description: string
  readonly schema: JsonSchema
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[]
}

/** Keywords of draft 2020-12 that the validator refuses, and references that leave the schema. */
const NOT_PROMISED =
  /the keyword '(unevaluatedItems|unevaluatedProperties|\$dynamicRef|\$dynamicAnchor|\$anchor|\$id|\$vocabulary)' is not known|\$ref must be a JSON Pointer|the dialect is not known/

interface Outcome {
  readonly passed: number
  readonly refused: number
  readonly failures: readonly string[]
}

/** Runs one file of the suite. */
function run(file: string): Outcome {
  let [passed, refused] = [0, 0]
  const failures: string[] = []
  for (const { description, schema, tests } of JSON.parse(readFileSync(file, 'utf8')) as Group[]) {
    const validator = compiled(schema)
    if (typeof validator === 'string') {
      if (NOT_PROMISED.test(validator)) refused += tests.length
      else failures.push(`${file}: ${description}: refused: ${validator}`)
      continue
    }
    for (const test of tests) {
      if ((validator(test.data) === undefined) === test.valid) passed++
      else failures.push(`${file}: ${description}: ${test.description}: should be ${test.valid ? 'right' : 'wrong'}`)
    }
  }
  return { passed, refused, failures }
}

function compiled(schema: JsonSchema): ReturnType<typeof compileSchema> | string {
  try {
    return compileSchema(schema)
  } catch (error) {
    return (error as Error).message
  }
}

/** @param folder `tests/draft2020-12` of the suite */
export function runSuite(folder: string): Outcome {
  const outcomes = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => run(join(folder, name)))
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    refused: outcomes.reduce((sum, { refused }) => sum + refused, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
  }
}
