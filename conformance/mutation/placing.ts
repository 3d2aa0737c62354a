// Finds the place of a mutant in the sources of its package, and names similar places if there is none, or more than one.

import type { Fault } from './faults.ts'
import type { NamedFunction } from './functions.ts'
import { PackageFunctions } from './functions.ts'
import type { Mark } from './marks.ts'
import type { Edit } from './syntax.ts'
import { lineAt, textAt, withEdit } from './syntax.ts'
import type { Spot } from './tree.ts'
import { spotsOf } from './tree.ts'

/** Where a fault is looked for: in worlds of several nodes or with durable topics, or by one file of tests, where no world can show it. */
export type Ground = { readonly nodes: number; readonly faults: boolean } | { readonly test: string } | typeof DURABLE

/** Worlds with durable topics. */
export const DURABLE = 'durable'

/** A fault by the name of its place. */
export interface Mutant {
  /** What goes wrong. */
  readonly name: string
  /** The folder below packages/. */
  readonly packageName: string
  /** `Class.method` or the name of what is declared at the top of a file, in any file. */
  readonly within: string
  readonly mark: Mark
  readonly fault: Fault
  /** Absent: in worlds of one router. */
  readonly ground?: Ground
}

/** Where a mutant was found. */
export interface PlacedMutant {
  readonly mutant: Mutant
  /** Path from the root. */
  readonly file: string
  readonly edit: Edit
  /** The whole file with the fault. */
  readonly source: string
}

const MOST_NAMED = 5

export class Placing {
  readonly #packages = new Map<string, PackageFunctions>()

  /** @throws {Error} when the function or the mark does not occur exactly once, or the fault does not fit it */
  place(mutant: Mutant): PlacedMutant {
    const found = this.#functionsOf(mutant).map((each): Found => ({ in: each, spots: spotsOf(each.node) }))
    const hits = found.flatMap((each) => mutant.mark.find(each.spots).map((spot) => ({ in: each.in, spot })))
    const [hit] = hits
    if (hit === undefined) throw missing(mutant, found)
    if (hits.length > 1) throw fault(mutant, `${mutant.mark.text} is ${hits.length} places`, hits.map(placeOf))
    const { file, source } = hit.in
    try {
      const edit = mutant.fault(source, hit.spot)
      return { mutant, file, edit, source: withEdit(source, edit) }
    } catch (error) {
      throw fault(mutant, String(error), [placeOf(hit)])
    }
  }

  #functionsOf(mutant: Mutant): NamedFunction[] {
    const functions = this.#package(mutant.packageName)
    const found = functions.named(mutant.within)
    if (found.length > 0) return found
    const near = nearest(mutant.within, functions.all(), ({ name }) => name)
    throw fault(
      mutant,
      `packages/${mutant.packageName} has no ${mutant.within}`,
      near.map(({ name, file }) => `${name} in ${file}`),
    )
  }

  #package(name: string): PackageFunctions {
    const functions = this.#packages.get(name) ?? new PackageFunctions(name)
    this.#packages.set(name, functions)
    return functions
  }
}

interface Found {
  readonly in: NamedFunction
  readonly spots: readonly Spot[]
}

interface Hit {
  readonly in: NamedFunction
  readonly spot: Spot
}

function missing(mutant: Mutant, found: readonly Found[]): Error {
  const likely = found.flatMap((each) => mutant.mark.likely(each.spots).map((spot): Hit => ({ in: each.in, spot })))
  const near = nearest(mutant.mark.text, likely, (hit) => textAt(hit.in.source, hit.spot.node))
  return fault(mutant, `${mutant.mark.text} is not in ${mutant.within}`, near.map(placeOf))
}

function placeOf({ in: { file, source }, spot: { node } }: Hit): string {
  const text = textAt(source, node).replaceAll(/\s+/g, ' ')
  return `${file}:${lineAt(source, node.start)}: ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`
}

function fault({ name }: Mutant, what: string, near: readonly string[]): Error {
  return new Error([`mutant '${name}': ${what}${near.length === 0 ? '' : '; nearest:'}`, ...near].join('\n  '))
}

/** The most similar texts, by the pairs of letters that they share. */
function nearest<Item>(text: string, items: readonly Item[], textOf: (item: Item) => string): readonly Item[] {
  const pairs = pairsOf(text)
  const likeness = (item: Item): number => {
    const own = pairsOf(textOf(item))
    return [...own].filter((pair) => pairs.has(pair)).length / (own.size + pairs.size)
  }
  const rated = items.map((item) => ({ item, rate: likeness(item) }))
  return rated
    .toSorted((a, b) => b.rate - a.rate)
    .slice(0, MOST_NAMED)
    .map(({ item }) => item)
}

function pairsOf(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)))
}
