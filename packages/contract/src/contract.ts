// Entries get their URIs by the contract that holds them.

import { UsageError } from '@trunkline/protocol'
import type { Entry, Tree } from './entries.ts'

/** What a contract says of itself. */
export interface ContractInfo {
  /** Begins the URI of each procedure and topic. */
  readonly prefix: string
  readonly version?: string
  readonly title?: string
  /**
   * The contract file with the schemas of what is declared by `type<T>()` here, relative to this module. `trunkline contract lean` writes
   * such contracts; programs never read it.
   */
  readonly file?: string
}

/** A URI with parameters; `template.ts` reads it when it is used, and looks closer. */
const TEMPLATE = /^((\{\w+(:int)?\}|[^\s#.{}]+)(\.(?!$)|$)|\{\w+\*\}$)+$/

const INFO: unique symbol = Symbol.for('trunkline.contract')

/**
 * Declares a contract as {@link contract} of `@trunkline/contract` does, for the functions `use` and `implement` of this entry.
 * @throws {UsageError} for a URI that cannot be one (`TL_INVALID_URI`), and for an entry that has another URI already
 */
export function contract<const T extends Tree>(prefix: string, tree: T, info: Omit<ContractInfo, 'prefix'> = {}): T {
  bind(tree, prefix, [])
  return Object.defineProperty(tree, INFO, { value: { ...info, prefix }, configurable: true })
}

/** The definition of a tree, as {@link contract} got it; undefined for a part of a contract. */
export function contractInfo(tree: Tree): ContractInfo | undefined {
  return (tree as { readonly [INFO]?: ContractInfo })[INFO]
}

/** Whether a node of a contract is an entry; else it is a group. */
export function isEntry(node: Entry | Tree): node is Entry {
  return typeof node.kind === 'string'
}

function bind(tree: Tree, prefix: string, path: readonly string[]): void {
  for (const [key, node] of Object.entries(tree)) {
    const place = [...path, key]
    if (!isEntry(node)) bind(node, prefix, place)
    else if (node.kind !== 'error') {
      const uri = (prefix && `${prefix}.`) + (node.spec.uri ?? place.join('.'))
      if (!TEMPLATE.test(uri)) throw new UsageError(`'${uri}' cannot be a URI`, 'TL_INVALID_URI')
      if (![uri, ''].includes(node.uri)) throw new UsageError(`${node.uri} cannot be ${uri} too`)
      ;(node as { uri: string }).uri = uri
    }
  }
}
