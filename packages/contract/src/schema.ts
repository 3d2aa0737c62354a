// Standard Schema and Standard JSON Schema as far as contracts use them, and `type<T>()`: a schema that checks nothing.

/** One fault that a schema found, with the keys that lead to it. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema says of a value: the value as the receiver gets it, or what is wrong. */
export type Checked<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

/**
 * What https://standardschema.dev asks of a schema: zod, valibot, arktype and others give it. `Input` is the form on the wire,
 * `Output` what the receiver gets.
 */
export interface Schema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Standard JSON Schema: zod has it since 4.2, arktype since 2.1.28, valibot by `toStandardJsonSchema`. */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: string }) => Record<string, unknown>
      readonly output: (options: { readonly target: string }) => Record<string, unknown>
    }
  }
}

type Types<S> = S extends { readonly '~standard': { readonly types?: infer T } } ? NonNullable<T> : never
/** The type of what is sent. */
export type In<S> = Types<S> extends { readonly input: infer I } ? I : never
/** The type of what the receiver gets. */
export type Out<S> = Types<S> extends { readonly output: infer O } ? O : never

const everything: Schema = { '~standard': { version: 1, vendor: 'trunkline', validate: (value) => ({ value }) } }

/** A type of TypeScript in the place of a schema: nothing is checked when the program runs. */
export function type<T>(): Schema<T, T> {
  return everything as Schema<T, T>
}

export function isSchema(value: unknown): value is Schema {
  return Object(value) === value && '~standard' in (value as object)
}
