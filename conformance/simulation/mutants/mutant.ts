// The result of a mutant, and how the lists name one.

import type { Fault } from '../../mutation/faults.ts'
import type { Mark } from '../../mutation/marks.ts'
import type { Ground, Mutant, PlacedMutant } from '../../mutation/placing.ts'

/** The result of a mutant. */
export interface Fate extends PlacedMutant {
  /** The seed that found it and that passes without it, or `test`; undefined when nothing did. */
  readonly seed: number | 'test' | undefined
  readonly by: string
}

/** The mutants of one function of a package, by what goes wrong. */
export function faultsIn(
  packageName: string,
  within: string,
  faults: Readonly<Record<string, readonly [mark: Mark, fault: Fault]>>,
): readonly Mutant[] {
  return Object.entries(faults).map(([name, [mark, fault]]) => ({ name, packageName, within, mark, fault }))
}

/** The same mutants, looked for elsewhere than in worlds of one router. */
export function huntedIn(ground: Ground, mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, ground }))
}
