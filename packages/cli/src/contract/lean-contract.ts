// A contract in TypeScript again, without its schema library: types alone, for pages that count octets.

import type { ContractPayload } from '@trunkline/router'
import type { ContractFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'
import { ContractFault } from './fault.ts'
import { free, TypeTexts } from './type-texts.ts'

export interface LeanOptions {
  /** Where the contract file is, as seen from the new module. */
  readonly file: string
  /** The export that is the contract. */
  readonly name: string
}

/**
 * The text of a module that declares the same procedures, topics and errors by `type<T>()`.
 * @throws {ContractFault} when two entries cannot be in one tree
 */
export function leanContract(contract: ContractFile, { file, name }: LeanOptions): string {
  return new Lean(contract, name).text(file)
}

/** The name that a contract gets in a program. */
export function nameOf({ prefix }: ContractFile): string {
  const last = camelCase(prefix.split('.').at(-1) ?? '')
  return isName(last) ? last : 'contract1'
}

/** Entries as text, by key. */
interface Group {
  readonly [key: string]: Group | Leaf
}
interface Leaf {
  readonly comment: string
  readonly code: string
}

class Lean {
  readonly #contract: ContractFile
  readonly #name: string
  readonly #types = new TypeTexts()
  readonly #errors: ReadonlyMap<string, string>
  readonly #used = new Set(['contract'])

  constructor(contract: ContractFile, name: string) {
    this.#contract = contract
    this.#name = name
    this.#errors = namesOfErrors(contract, name)
  }

  text(file: string): string {
    const { prefix, version, title, procedures, topics, errors } = this.#contract
    const tree: Record<string, unknown> = {}
    for (const [uri, each] of Object.entries(procedures))
      put(tree, each.path, this.#leaf('procedure', uri, each, this.#procedure(each)), uri)
    for (const [uri, each] of Object.entries(topics)) put(tree, each.path, this.#leaf('topic', uri, each, this.#topic(each)), uri)
    const thrown = new Set(Object.values(procedures).flatMap((each) => each.errors))
    const others = Object.keys(errors).filter((uri) => !thrown.has(uri))
    const constants = Object.entries(errors).map(([uri, error]) => {
      const { comment, fields } = described(error.doc)
      return `${comment}export const ${this.#errors.get(uri) ?? ''} = ${this.#made('error', [quoted(uri)], [...fields, ...this.#values(error)])}\n`
    })
    const listed =
      others.length === 0
        ? ''
        : `  ${free('errors', new Set(Object.keys(tree)))}: { ${others.map((uri) => this.#errors.get(uri)).join(', ')} },\n`
    const info = [`version: ${quoted(version)}`, ...(title === undefined ? [] : [`title: ${quoted(title)}`]), `file: ${quoted(file)}`]
    const declared = `export const ${this.#name} = contract(${quoted(prefix)}, {\n${printed(tree as Group, '  ')}${listed}}, { ${info.join(', ')} })\n`
    const types = [...this.#types.named].map(([name, text]) => `export type ${name} = ${text}\n`)
    const head = `// Made by \`trunkline contract lean\` of ${title ?? prefix} ${version}; do not edit. Its schemas are in ${file}.\n\n`
    const imports = `import { ${[...this.#used].toSorted().join(', ')} } from '@trunkline/contract'\n`
    return [head + imports, types.join(''), constants.join(''), declared].filter((part) => part !== '').join('\n')
  }

  #leaf(kind: 'procedure' | 'topic', uri: string, entry: ProcedureOfFile | TopicOfFile, parts: readonly string[]): Leaf {
    const { path, doc, since, deprecated } = entry
    const { comment, fields } = described(doc)
    const all = [
      ...this.#uri(uri, path),
      ...fields,
      ...(since === undefined ? [] : [`since: ${quoted(since)}`]),
      ...(deprecated === undefined ? [] : [`deprecated: ${deprecated === '' ? 'true' : quoted(deprecated)}`]),
      ...parts,
    ]
    return { comment, code: this.#made(kind, [], all) }
  }

  #made(kind: string, before: readonly string[], fields: readonly string[]): string {
    this.#used.add(kind)
    return `${kind}(${[...before, ...(fields.length === 0 ? [] : [`{ ${fields.join(', ')} }`])].join(', ')})`
  }

  /** The part of the URI that replaces the path; nothing if the path says it. */
  #uri(uri: string, path: readonly string[]): readonly string[] {
    const { prefix } = this.#contract
    const below = prefix === '' ? uri : uri.slice(prefix.length + 1)
    if (prefix !== '' && !uri.startsWith(`${prefix}.`)) throw new ContractFault(`${uri} is not below the prefix ${prefix}`)
    return below === path.join('.') ? [] : [`uri: ${quoted(below)}`]
  }

  #procedure({ call, chunk, result, progress, errors, idempotent }: ProcedureOfFile): readonly string[] {
    return [
      ...(chunk === undefined ? this.#values(call) : [`chunk: ${this.#shape(chunk)}`]),
      ...(progress === undefined ? [] : [`progress: ${this.#shape(progress)}`]),
      ...(result.args.length === 0 && result.kwargs === undefined ? [] : [`result: ${this.#shape(result)}`]),
      ...(errors.length === 0 ? [] : [`errors: { ${errors.map((uri) => this.#errors.get(uri)).join(', ')} }`]),
      ...(idempotent === true ? ['idempotent: true'] : []),
    ]
  }

  #topic({ from, event }: TopicOfFile): readonly string[] {
    return [...this.#values(event), ...(from === 'service' ? [] : [`from: '${from}'`])]
  }

  #values({ args, kwargs }: ContractPayload): readonly string[] {
    return [...(args.length === 0 ? [] : [`args: ${this.#args(args)}`]), ...(kwargs === undefined ? [] : [`kwargs: ${this.#type(kwargs)}`])]
  }

  /** As parameters, whose names editors show, if they can be some. */
  #args(args: ContractPayload['args']): string {
    const types = args.map(({ schema, required }) => this.#type(schema, required))
    const names = args.map(({ name }) => name)
    const areNames = names.every(isName) && new Set(names).size === names.length && !names.every((name, i) => name === `arg${i}`)
    if (!areNames) return `[${types.join(', ')}]`
    return `(${names.map((name, i) => `${name} = ${types[i] ?? ''}`).join(', ')}) => [${names.join(', ')}]`
  }

  #shape(payload: ContractPayload): string {
    const [first] = payload.args
    if (payload.args.length === 1 && first !== undefined && payload.kwargs === undefined) return this.#type(first.schema, first.required)
    return `{ ${this.#values(payload).join(', ')} }`
  }

  #type(schema: ContractPayload['args'][number]['schema'], isRequired = true): string {
    this.#used.add('type')
    return `type<${this.#types.of(schema)}${isRequired ? '' : ' | undefined'}>()`
  }
}

/** A comment above an entry, or a field where the text could not be read again from a comment. */
function described(doc: string | undefined): { readonly comment: string; readonly fields: readonly string[] } {
  if (doc === undefined) return { comment: '', fields: [] }
  const lines = doc.split('\n')
  const isPlain =
    doc === doc.trim() && doc !== '' && !doc.includes('*/') && lines.every((line) => line === line.trim() && !/^[@*]/.test(line))
  if (!isPlain) return { comment: '', fields: [`doc: ${quoted(doc)}`] }
  return {
    comment: lines.length === 1 ? `/** ${doc} */\n` : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`,
    fields: [],
  }
}

function put(tree: Record<string, unknown>, path: readonly string[], leaf: Leaf, uri: string): void {
  let group = tree
  for (const key of path.slice(0, -1)) {
    const next = (group[key] ??= {}) as Record<string, unknown>
    if (isLeaf(next as Group | Leaf)) throw new ContractFault(`${uri}: '${key}' of its path is an entry already`)
    group = next
  }
  const last = path.at(-1) ?? ''
  if (Object.hasOwn(group, last)) throw new ContractFault(`${uri}: its path ${path.join('.')} is taken already`)
  group[last] = leaf
}

function isLeaf(node: Group | Leaf): node is Leaf {
  return typeof node['code'] === 'string'
}

function printed(group: Group, indent: string): string {
  return Object.entries(group)
    .map(([key, node]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
      if (!isLeaf(node)) return `${indent}${name}: {\n${printed(node, `${indent}  `)}${indent}},\n`
      const comment = node.comment.replaceAll(/^(?=.)/gm, indent)
      return `${comment}${indent}${name}: ${node.code},\n`
    })
    .join('')
}

/** Names of errors in the program: the end of each URI, or more of it where two are the same. */
function namesOfErrors({ errors }: ContractFile, contractName: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const taken = new Set([contractName, 'contract', 'error', 'procedure', 'topic', 'type'])
  for (const uri of Object.keys(errors)) {
    const last = camelCase(uri.split('.').at(-1) ?? '')
    const name = free(isName(last) ? last : 'failed', taken)
    taken.add(name)
    names.set(uri, name)
  }
  return names
}

function camelCase(text: string): string {
  return text.replaceAll(/[_-]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replaceAll(/\W/g, '')
}

const RESERVED = new Set(
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  ),
)

/** Whether a text can be the name of a variable in a module. */
export function isName(text: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(text) && !RESERVED.has(text)
}

function quoted(text: string): string {
  return /^[^'\\\n\r]*$/.test(text) ? `'${text}'` : JSON.stringify(text)
}
