// The functions of a package by their names, in any file: `Class.method`, `Class.#method`, `Class.constructor`, `name`.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, sourcesOf } from './sources.ts'
import { parse } from './syntax.ts'
import type { Node } from './tree.ts'
import { nameOf, nodesUnder } from './tree.ts'

/** A method, or what is declared at the top of a file. */
export interface NamedFunction {
  readonly name: string
  /** Path from the root. */
  readonly file: string
  /** The whole source. */
  readonly source: string
  readonly node: Node
}

/** The sources of one package, each read once and parsed once. */
export class PackageFunctions {
  readonly #sources: ReadonlyMap<string, string>
  readonly #parsed = new Map<string, readonly NamedFunction[]>()

  constructor(packageName: string) {
    this.#sources = new Map(sourcesOf(packageName).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
  }

  /** All functions of that name: more than one only where files have functions of their own with the same name. */
  named(name: string): NamedFunction[] {
    const words = name.split('.')
    return this.#in((source) => words.every((word) => source.includes(word))).filter((each) => each.name === name)
  }

  all(): NamedFunction[] {
    return this.#in(() => true)
  }

  #in(isWanted: (source: string) => boolean): NamedFunction[] {
    return [...this.#sources].flatMap(([file, source]) => (isWanted(source) ? this.#functionsIn(file, source) : []))
  }

  #functionsIn(file: string, source: string): readonly NamedFunction[] {
    const known = this.#parsed.get(file)
    if (known !== undefined) return known
    const body = parse(source, false).body as unknown as readonly Node[]
    const found = body.flatMap(declaredBy).map(([name, node]) => ({ name, file, source, node }))
    this.#parsed.set(file, found)
    return found
  }
}

type Named = readonly [name: string, node: Node]

function declaredBy(statement: Node): Named[] {
  const declaration = nodesUnder(statement, 'declaration')[0] ?? statement
  if (declaration.type === 'ClassDeclaration') return membersOf(declaration)
  const declared = declaration.type === 'VariableDeclaration' ? nodesUnder(declaration, 'declarations') : [declaration]
  return declared.flatMap((each) => nodesUnder(each, 'id').map((id): Named => [nameOf(id), each]))
}

function membersOf(declaration: Node): Named[] {
  const [id] = nodesUnder(declaration, 'id')
  const members = nodesUnder(declaration, 'body').flatMap((body) => nodesUnder(body, 'body'))
  return members.flatMap((member) =>
    nodesUnder(member, 'key').map((key): Named => [`${id === undefined ? '' : nameOf(id)}.${nameOf(key)}`, member]),
  )
}
