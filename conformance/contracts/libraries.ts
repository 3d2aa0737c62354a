// The same procedures declared with each schema library, and without one.

import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type as ark } from 'arktype'
import type { Static, TSchema } from 'typebox'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import * as v from 'valibot'
import { z } from 'zod'
import * as mini from 'zod/mini'
import type { Schema } from '@trunkline/contract'
import { contract, procedure, type } from '@trunkline/contract'

/** TypeBox gives no Standard Schema of its own. */
export function typebox<T extends TSchema>(schema: T): Schema<Static<T>, Static<T>> {
  const compiled = Compile(schema)
  const json = (): Record<string, unknown> => JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
  const issues = (value: unknown): { message: string; path: string[] }[] =>
    compiled.Errors(value).map(({ instancePath, message }) => ({ message, path: instancePath.split('/').slice(1) }))
  return {
    '~standard': {
      version: 1,
      vendor: 'typebox',
      validate: (value) => (compiled.Check(value) ? { value } : { issues: issues(value) }),
      jsonSchema: { input: json, output: json },
    },
  }
}

/** Each takes `{ id: integer, name?: string, at?: { lat: number } }` by keywords and an optional number by position. */
export const libraries = contract('com.example.libraries', {
  zod: procedure({
    args: [z.number().optional()],
    kwargs: { id: z.int(), name: z.string().optional(), at: z.object({ lat: z.number() }).optional() },
    result: z.string(),
  }),
  mini: procedure({
    args: [mini.optional(mini.number())],
    kwargs: mini.object({ id: mini.int(), name: mini.optional(mini.string()), at: mini.optional(mini.object({ lat: mini.number() })) }),
    result: mini.string(),
  }),
  valibot: procedure({
    args: [v.optional(v.number())],
    kwargs: toStandardJsonSchema(
      v.object({
        id: v.pipe(v.number(), v.integer()),
        name: v.optional(v.string()),
        at: v.optional(v.object({ lat: v.number() })),
      }),
    ),
    result: v.string(),
  }),
  arktype: procedure({
    args: [ark('number | undefined')],
    kwargs: ark({ id: 'number.integer', 'name?': 'string', 'at?': { lat: 'number' } }),
    result: ark('string'),
  }),
  typebox: procedure({
    args: [typebox(Type.Union([Type.Number(), Type.Undefined()]))],
    kwargs: typebox(
      Type.Object({ id: Type.Integer(), name: Type.Optional(Type.String()), at: Type.Optional(Type.Object({ lat: Type.Number() })) }),
    ),
    result: typebox(Type.String()),
  }),
  plain: procedure({
    args: [type<number | undefined>()],
    kwargs: type<{ id: number; name?: string; at?: { lat: number } }>(),
    result: type<string>(),
  }),
})
