// Fields for the arguments of a request, by its description: the part of a contract file about one procedure or topic, or what a
// session has defined at the router. What it cannot read has no fields: JSON can always be typed.

export interface DescribedField {
  /** The place among the positional arguments; undefined: a keyword argument. */
  readonly position: number | undefined
  readonly name: string
  readonly kind: 'text' | 'number' | 'flag' | 'choice' | 'json'
  /** Of a choice: values as JSON. */
  readonly choices: readonly string[]
  readonly isRequired: boolean
  readonly about: string
}

export interface Described {
  readonly about: string
  readonly fields: readonly DescribedField[]
}

type Dict = Readonly<Record<string, unknown>>

/** Reads a description; undefined when it says nothing of arguments. */
export function readDescription(description: unknown): Described | undefined {
  if (!isDict(description)) return undefined
  const about = textOf(description['doc'] ?? description['description'] ?? description['title'])
  const payload = [description['call'], description['event'], description].find(
    (part) => isDict(part) && ('args' in part || 'kwargs' in part),
  )
  const fields = isDict(payload) ? [...positional(payload['args']), ...keyword(payload['kwargs'])] : []
  return fields.length === 0 && about === '' ? undefined : { about, fields }
}

/** What is typed into the fields, as JSON of arguments and keyword arguments. Texts are as typed, others JSON; empty ones are left out. */
export function payloadOf(fields: readonly DescribedField[], typed: Readonly<Record<string, string>>): { args: string; kwargs: string } {
  const args: unknown[] = []
  const kwargs: Record<string, unknown> = {}
  for (const field of fields) {
    const text = typed[field.name] ?? ''
    const isAbsent = text === '' && !(field.kind === 'text' && field.isRequired)
    if (field.position === undefined) {
      if (!isAbsent) kwargs[field.name] = valueOf(field, text)
    } else if (!isAbsent) args[field.position] = valueOf(field, text)
  }
  const list = Array.from(args, (value) => value ?? null)
  return {
    args: list.length === 0 ? '' : JSON.stringify(list),
    kwargs: Object.keys(kwargs).length === 0 ? '' : JSON.stringify(kwargs, null, 2),
  }
}

function valueOf({ kind }: DescribedField, text: string): unknown {
  if (kind === 'text') return text
  try {
    return JSON.parse(text)
  } catch {
    return text // The reader sees it in the JSON below.
  }
}

/** A list of `{ name, schema, required }`, or of schemas, or a schema of the whole list. */
function positional(args: unknown): readonly DescribedField[] {
  const list = isDict(args) ? args['prefixItems'] : args
  if (!Array.isArray(list)) return []
  return list.filter(isDict).map((each, position) => {
    const schema = isDict(each['schema']) ? each['schema'] : each
    const name = textOf(each['name']) || textOf(schema['title']) || `argument ${position + 1}`
    return { position, name, isRequired: each['required'] !== false, ...kindOf(schema), about: textOf(each['doc']) || aboutOf(schema) }
  })
}

/** A schema of the whole dict, or a dict of schemas. */
function keyword(kwargs: unknown): readonly DescribedField[] {
  if (!isDict(kwargs)) return []
  const properties = isDict(kwargs['properties']) ? kwargs['properties'] : isSchemas(kwargs) ? kwargs : {}
  const required: unknown = kwargs['required']
  return Object.entries(properties).map(([name, value]) => {
    const schema = isDict(value) ? value : {}
    const isRequired = Array.isArray(required) && required.includes(name)
    return { position: undefined, name, isRequired, ...kindOf(schema), about: aboutOf(schema) }
  })
}

function isSchemas(kwargs: Dict): boolean {
  return typeof kwargs['type'] !== 'string' && Object.values(kwargs).every(isDict)
}

function kindOf(schema: Dict): Pick<DescribedField, 'kind' | 'choices'> {
  const words: unknown = schema['enum']
  if (Array.isArray(words)) return { kind: 'choice', choices: words.map((word) => JSON.stringify(word)) }
  const { type } = schema
  if (type === 'string') return { kind: 'text', choices: [] }
  if (type === 'number' || type === 'integer') return { kind: 'number', choices: [] }
  return { kind: type === 'boolean' ? 'flag' : 'json', choices: [] }
}

function aboutOf(schema: Dict): string {
  return textOf(schema['description'])
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
